import type { CharacterDevice } from '../../../model/domain-devices.ts';
import { buildChardev } from '../command-line/chardev.ts';
import type { DeviceBuild } from './contract.ts';

export function buildParallel(parallel: CharacterDevice, { view, context, args }: DeviceBuild): void {
  const chardev = buildChardev(parallel, context.directory, args, { parallel: true });
  const place = parallel.address?.type === 'isa' ? view.place(parallel) : {};
  args.device('isa-parallel', { chardev, id: parallel.alias, ...place });
}
