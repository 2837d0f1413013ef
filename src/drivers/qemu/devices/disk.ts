import type { Disk } from '../../../model/domain-devices.ts';
import type { Properties } from '../command-line/arguments.ts';
import { virtioDriver, virtioProperties } from '../command-line/machine-view.ts';
import type { DeviceBuild } from './contract.ts';
import { buildDiskNodes, cacheMode } from './disk-nodes.ts';
import { throttleCommand } from './disk-throttle.ts';
import { buildFloppy } from './floppy.ts';

/** A disk: its chain of block nodes, then the device on its bus. */
export function buildDisk(disk: Disk, build: DeviceBuild): void {
  const drive = buildDiskNodes(disk, build);
  if (disk.bus === 'fdc') buildFloppy(disk, drive, build);
  else buildDevice(disk, drive, build);
  if (disk.iotune !== undefined && drive !== undefined)
    build.configure.push(throttleCommand(disk, disk.iotune));
  if (disk.tray === 'open' && disk.device !== 'disk')
    build.configure.push({ command: 'blockdev-open-tray', arguments: { id: disk.alias, force: true } });
}

function buildDevice(disk: Disk, drive: string | undefined, build: DeviceBuild): void {
  const { args, view } = build;
  const properties = { drive, ...view.identify(disk.alias), ...commonProperties(disk) };
  const seat = disk.address?.type === 'drive' ? disk.address : undefined;
  const { controller, bus = 0, target = 0, unit = 0 } = seat ?? {};
  const kind = disk.device === 'cdrom' ? 'cd' : 'hd';
  switch (disk.bus) {
    case 'scsi': {
      const id = view.controllerId('scsi', controller);
      const isNarrow = view.controller('scsi', controller)?.model === 'lsilogic';
      const place = isNarrow ? { 'scsi-id': unit } : { channel: bus, 'scsi-id': target, lun: unit };
      const device_id = disk.serial ?? `drive-${disk.alias}`;
      return args.device(`scsi-${kind}`, { bus: `${id}.0`, ...place, device_id, ...properties });
    }
    case 'sata':
      return args.device(`ide-${kind}`, {
        bus: `${view.controllerId('sata', controller)}.${unit}`,
        ...properties,
      });
    case 'ide':
      return args.device(`ide-${kind}`, { bus: `ide.${bus}`, unit, ...properties });
    case 'usb':
      return args.device('usb-storage', {
        ...view.place(disk),
        removable: disk.removable,
        ...properties,
      });
    default:
      return args.device(virtioDriver('virtio-blk', undefined), {
        iothread: disk.iothread === undefined ? undefined : `iothread${disk.iothread}`,
        'num-queues': disk.queues,
        ...virtioProperties(disk.virtio),
        ...view.place(disk),
        ...properties,
      });
  }
}

function commonProperties(disk: Disk): Properties {
  return {
    'share-rw': disk.shareable ? true : undefined,
    logical_block_size: disk.logicalBlockSize,
    physical_block_size: disk.physicalBlockSize,
    wwn: disk.wwn === undefined ? undefined : BigInt(`0x${disk.wwn}`),
    rotation_rate: disk.rotationRate,
    vendor: disk.vendor,
    product: disk.product,
    'write-cache': writeCache(disk),
    ...errorPolicies(disk),
    serial: disk.serial,
  };
}

/** Whether the guest sees a volatile write cache; QEMU's default is that it does. */
function writeCache(disk: Disk): 'on' | 'off' | undefined {
  const mode = cacheMode(disk);
  if (mode === 'default') return undefined;
  return mode === 'writethrough' || mode === 'directsync' ? 'off' : 'on';
}

/** Reads follow the policy for writes; enospace means nothing to them. */
function errorPolicies({ errorPolicy: write, rerrorPolicy: read }: Disk): Properties {
  return {
    werror: write === 'enospace' ? 'enospc' : write,
    rerror: read ?? (write === 'enospace' ? undefined : write),
  };
}
