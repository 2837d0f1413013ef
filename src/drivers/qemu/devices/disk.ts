import type { Disk } from '../../../model/domain-devices.ts';
import type { Properties } from '../command-line/arguments.ts';
import { virtioDriver, virtioProperties } from '../command-line/machine-view.ts';
import type { DeviceBuild } from './contract.ts';
import { buildDiskNodes, cacheMode } from './disk-nodes.ts';
import { throttleCommand } from './disk-throttle.ts';
import { buildFloppy } from './floppy.ts';
import { buildVhostUserDisk } from './vhost-user-disk.ts';

/** A disk: its chain of block nodes, then the device on its bus. */
export function buildDisk(disk: Disk, build: DeviceBuild): void {
  if (disk.vhostuser !== undefined) return buildVhostUserDisk(disk, build);
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
  const { controller, bus = 0, unit = 0 } = seat ?? {};
  const kind = disk.device === 'cdrom' ? 'cd' : 'hd';
  switch (disk.bus) {
    case 'scsi':
      return buildScsiDisk(disk, properties, build);
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
        removable: disk.removable ?? false,
        ...properties,
      });
    default:
      return args.device(virtioDriver('virtio-blk', disk.model), {
        scsi: disk.device === 'lun' ? true : undefined,
        iothread: disk.iothread === undefined ? undefined : `iothread${disk.iothread}`,
        ioeventfd: disk.ioeventfd,
        event_idx: disk.eventIdx,
        'num-queues': disk.queues,
        'queue-size': disk.queueSize === 0 ? undefined : disk.queueSize,
        ...virtioProperties(disk.virtio),
        ...view.place(disk),
        ...properties,
      });
  }
}

function buildScsiDisk(disk: Disk, properties: Properties, { args, view }: DeviceBuild): void {
  const seat = disk.address?.type === 'drive' ? disk.address : undefined;
  const { controller, bus = 0, target = 0, unit = 0 } = seat ?? {};
  const isNarrow = narrowModels.has(view.controller('scsi', controller)?.model ?? 'lsilogic');
  const place = isNarrow ? { 'scsi-id': unit } : { channel: bus, 'scsi-id': target, lun: unit };
  const isLun = disk.device === 'lun';
  // A LUN shows what it is itself.
  const device_id = isLun ? undefined : (disk.serial ?? `drive-${disk.alias}`);
  const driver = isLun ? 'scsi-block' : disk.device === 'cdrom' ? 'scsi-cd' : 'scsi-hd';
  args.device(driver, {
    bus: `${view.controllerId('scsi', controller)}.0`,
    ...place,
    device_id,
    ...properties,
  });
}

/** Controllers of a narrow bus: a disk has an id there, and no unit below it. */
const narrowModels: ReadonlySet<string> = new Set(['lsilogic', 'ncr53c90', 'dc390', 'am53c974']);

function commonProperties(disk: Disk): Properties {
  return {
    'share-rw': disk.shareable ? true : undefined,
    discard_granularity: disk.discardGranularity,
    logical_block_size: disk.logicalBlockSize,
    physical_block_size: disk.physicalBlockSize,
    wwn: disk.wwn === undefined ? undefined : BigInt(disk.wwn.replace(/^(0x)?/, '0x')),
    cyls: disk.geometry?.cylinders,
    heads: disk.geometry?.heads,
    secs: disk.geometry?.sectors,
    'bios-chs-trans': disk.geometry?.translation,
    rotation_rate: disk.rotationRate,
    vendor: disk.vendor,
    product: disk.product,
    'write-cache': writeCache(disk),
    ...errorPolicies(disk),
    // Guests know their disks by it, as libvirt has always handed it over: with a backslash before each space.
    serial: disk.serial?.replaceAll(' ', '\\ '),
  };
}

/** Whether the guest sees a volatile write cache; QEMU's default is that it does. A LUN shows its own. */
function writeCache(disk: Disk): 'on' | 'off' | undefined {
  if (disk.device === 'lun') return undefined;
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
