import type { Rng } from '../../../model/domain-devices.ts';
import { buildChardev } from '../command-line/chardev.ts';
import { virtioDriver, virtioProperties } from '../command-line/machine-view.ts';
import type { DeviceBuild } from './contract.ts';

export function buildRng(rng: Rng, { view, context, args }: DeviceBuild): void {
  const { alias: id, backend = 'random', source = '/dev/random', rateBytes, ratePeriod = 0 } = rng;
  const object = `obj${id}`;
  const chardev =
    backend === 'egd'
      ? buildChardev({ ...rng.egd, ...(id === undefined ? {} : { alias: id }) }, context.directory, args)
      : undefined;
  args.json('-object', {
    'qom-type': `rng-${backend}`,
    id: object,
    chardev,
    filename: backend === 'random' ? source : undefined,
  });
  args.device(virtioDriver('virtio-rng', rng.model), {
    rng: object,
    id,
    ...(rateBytes === undefined ? {} : { 'max-bytes': rateBytes, period: ratePeriod || 1000 }),
    ...virtioProperties(rng.virtio),
    ...view.place(rng),
  });
}
