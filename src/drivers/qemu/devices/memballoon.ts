import type { Memballoon } from '../../../model/domain-devices.ts';
import { virtioDriver, virtioProperties } from '../command-line/machine-view.ts';
import type { DeviceBuild } from './contract.ts';

export function buildMemballoon(balloon: Memballoon, { view, args, configure }: DeviceBuild): void {
  if (balloon.model === 'none') return;
  const { alias: id = 'balloon0', statsPeriod = 0 } = balloon;
  args.device(virtioDriver('virtio-balloon', balloon.model), {
    'deflate-on-oom': balloon.autodeflate,
    'free-page-reporting': balloon.freePageReporting,
    ...virtioProperties(balloon.virtio),
    id,
    ...view.place(balloon),
  });
  const { memory, currentMemory = memory } = view.spec;
  if (currentMemory < memory) configure.push({ command: 'balloon', arguments: { value: currentMemory } });
  if (statsPeriod > 0) configure.push(statsCommand(id, statsPeriod));
}

function statsCommand(id: string, value: number): DeviceBuild['configure'][number] {
  const path = `/machine/peripheral/${id}`;
  return { command: 'qom-set', arguments: { path, property: 'guest-stats-polling-interval', value } };
}
