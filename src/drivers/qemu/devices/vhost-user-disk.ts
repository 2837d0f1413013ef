import type { Disk } from '../../../model/domain-devices.ts';
import { words } from '../command-line/arguments.ts';
import { virtioDriver, virtioProperties } from '../command-line/machine-view.ts';
import type { DeviceBuild } from './contract.ts';

/** A virtio disk whose data another process on this host serves. */
export function buildVhostUserDisk(disk: Disk, { args, view }: DeviceBuild): void {
  const { path, reconnect } = disk.vhostuser ?? { path: '' };
  const chardev = `chr-vu-${disk.alias}`;
  const seconds = reconnect?.enabled === true ? reconnect.timeout : undefined;
  args.add('-chardev', words('socket', { id: chardev, path, reconnect: seconds }));
  args.device(virtioDriver('vhost-user-blk', disk.model), {
    event_idx: disk.eventIdx,
    'num-queues': disk.queues,
    'queue-size': disk.queueSize === 0 ? undefined : disk.queueSize,
    ...virtioProperties(disk.virtio),
    ...view.place(disk),
    chardev,
    ...view.identify(disk.alias),
  });
}
