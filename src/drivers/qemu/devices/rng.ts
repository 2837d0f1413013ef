import type { Rng } from '../../../model/domain-devices.ts';
import { virtioDriver, virtioProperties } from '../command-line/machine-view.ts';
import type { DeviceBuild } from './contract.ts';

export function buildRng(rng: Rng, { view, args }: DeviceBuild): void {
  const { alias: id, backend = 'random', source = '/dev/urandom', rateBytes, ratePeriod = 1000 } = rng;
  const object = `obj${id}`;
  args.json('-object', {
    'qom-type': `rng-${backend}`,
    id: object,
    filename: backend === 'random' ? source : undefined,
  });
  args.device(virtioDriver('virtio-rng', rng.model), {
    rng: object,
    id,
    ...(rateBytes === undefined ? {} : { 'max-bytes': rateBytes, period: ratePeriod }),
    ...virtioProperties(rng.virtio),
    ...view.place(rng),
  });
}
