import type { BackingStore, Disk, Iotune } from '../../../model/domain-devices.ts';
import type { CommandLineContext, ResolvedImage } from '../command-line/context.ts';
import { virtioDriver, virtioProperties } from '../command-line/machine-view.ts';
import type { DeviceBuild } from './contract.ts';

/** A disk: its chain of block nodes with explicit formats, then the device on its bus. */
export function buildDisk(disk: Disk, build: DeviceBuild): void {
  const image = diskImage(disk, build.context);
  const node = image && buildChain(disk, image, build);
  const { device = 'disk', bus = 'virtio', alias: id } = disk;
  const { args, view } = build;
  const errors = { ...errorPolicies(disk), ...cacheProperty(disk, node !== undefined) };
  const common = {
    ...(node === undefined ? {} : { drive: node }),
    id,
    ...view.boot(id),
    ...(disk.shareable ? { 'share-rw': true } : {}),
    ...(disk.logicalBlockSize === undefined ? {} : { logical_block_size: disk.logicalBlockSize }),
    ...(disk.physicalBlockSize === undefined ? {} : { physical_block_size: disk.physicalBlockSize }),
    ...(disk.wwn === undefined || bus === 'virtio' ? {} : { wwn: `0x${disk.wwn}` }),
    ...(disk.rotationRate === undefined ? {} : { rotation_rate: disk.rotationRate }),
    ...(disk.vendor === undefined ? {} : { vendor: disk.vendor }),
    ...(disk.product === undefined ? {} : { product: disk.product }),
    ...errors,
    ...(disk.serial === undefined ? {} : { serial: disk.serial }),
  };
  const address = disk.address?.type === 'drive' ? disk.address : undefined;
  const unit = address?.unit ?? 0;
  switch (bus) {
    case 'virtio':
      args.device(virtioDriver('virtio-blk', undefined), {
        ...(disk.iothread === undefined ? {} : { iothread: `iothread${disk.iothread}` }),
        ...(disk.queues === undefined ? {} : { 'num-queues': disk.queues }),
        ...virtioProperties(disk.virtio),
        ...view.place(disk.address),
        ...common,
      });
      break;
    case 'scsi': {
      const controller = view.controller('scsi', address?.controller);
      const plain = controller?.model === 'lsilogic';
      args.device(device === 'cdrom' ? 'scsi-cd' : 'scsi-hd', {
        bus: `${view.controllerId('scsi', address?.controller)}.${plain ? (address?.bus ?? 0) : 0}`,
        ...(plain
          ? { 'scsi-id': unit }
          : { channel: address?.bus ?? 0, 'scsi-id': address?.target ?? 0, lun: unit }),
        device_id: disk.serial ?? `drive-${id}`,
        ...(disk.removable === undefined ? {} : { removable: disk.removable }),
        ...common,
      });
      break;
    }
    case 'sata': {
      const builtin = view.isQ35 && (address?.controller ?? 0) === 0;
      const controller = builtin ? 'ide' : view.controllerId('sata', address?.controller);
      args.device(device === 'cdrom' ? 'ide-cd' : 'ide-hd', { bus: `${controller}.${unit}`, ...common });
      break;
    }
    case 'ide':
      args.device(device === 'cdrom' ? 'ide-cd' : 'ide-hd', {
        bus: `ide.${address?.bus ?? 0}`,
        unit,
        ...common,
      });
      break;
    case 'usb':
      args.device('usb-storage', {
        ...view.place(disk.address),
        ...common,
        ...(device === 'cdrom' ? {} : { removable: disk.removable ?? false }),
      });
      break;
    case 'fdc':
      // On q35 the floppy controller is a device of its own, made with the first drive.
      if (view.isQ35 && firstFloppy(disk, build)) args.device('isa-fdc', { id: 'fdc0' });
      args.device('floppy', { ...(view.isQ35 ? { bus: 'fdc0.0' } : {}), unit, ...common });
      break;
  }
  if (disk.iotune)
    build.configure.push({ command: 'block_set_io_throttle', arguments: throttle(disk, disk.iotune) });
}

function firstFloppy(disk: Disk, { view }: DeviceBuild): boolean {
  return view.spec.devices?.disks?.find(({ bus }) => bus === 'fdc') === disk;
}

/** What the spec names, with the chain as far as it is known; undefined: an empty drive. */
export function diskImage(disk: Disk, context: CommandLineContext): ResolvedImage | undefined {
  const format = disk.format ?? 'raw';
  if (disk.volume !== undefined)
    return context.volume(disk.volume) ?? { path: disk.volume, format, block: false };
  const path = disk.file ?? disk.block;
  if (path === undefined) return undefined;
  const backing = disk.backingStore ? chain(disk.backingStore) : context.explicitChains ? null : undefined;
  return { path, format, block: disk.block !== undefined, ...(backing === undefined ? {} : { backing }) };
}

function chain(store: BackingStore): ResolvedImage | null {
  const path = store.file ?? store.block;
  if (store.terminal || path === undefined) return null;
  const backing = store.backingStore ? chain(store.backingStore) : null;
  return { path, format: store.format ?? 'raw', block: store.block !== undefined, backing };
}

/** Builds from the bottom up; the name of the top node. */
function buildChain(disk: Disk, top: ResolvedImage, { args }: DeviceBuild): string {
  const layers: ResolvedImage[] = [];
  for (let image: ResolvedImage | null | undefined = top; image; image = image.backing) layers.push(image);
  let below: string | undefined;
  for (const [depth, image] of [...layers.entries()].reverse()) {
    const name = depth === 0 ? `${disk.alias}` : `${disk.alias}.${depth}`;
    const isTop = depth === 0;
    const readonly = !isTop || disk.readonly === true || disk.device === 'cdrom';
    const cache = cacheNode(disk);
    args.json('-blockdev', {
      driver: image.block ? 'host_device' : 'file',
      filename: image.path,
      ...(disk.io === undefined ? {} : { aio: disk.io }),
      'node-name': `${name}-storage`,
      ...(cache ? { cache } : {}),
      'auto-read-only': true,
      discard: 'unmap',
    });
    const node = `${name}-format`;
    args.json('-blockdev', {
      'node-name': node,
      'read-only': readonly,
      ...(isTop && disk.discard !== undefined ? { discard: disk.discard } : {}),
      ...(isTop && disk.detectZeroes !== undefined
        ? {
            'detect-zeroes':
              disk.detectZeroes === 'unmap' && disk.discard !== 'unmap' ? 'on' : disk.detectZeroes,
          }
        : {}),
      ...(cache ? { cache } : {}),
      driver: image.format,
      file: `${name}-storage`,
      ...(image.format === 'raw'
        ? {}
        : below !== undefined
          ? { backing: below }
          : image.backing === null
            ? { backing: null }
            : {}),
    });
    below = node;
  }
  if (disk.copyOnRead) {
    args.json('-blockdev', { driver: 'copy-on-read', 'node-name': `${disk.alias}-cor`, file: below });
    return `${disk.alias}-cor`;
  }
  return `${below}`;
}

function cacheNode({ cache }: Disk): Readonly<Record<string, boolean>> | undefined {
  switch (cache) {
    case 'none':
    case 'directsync':
      return { direct: true, 'no-flush': false };
    case 'unsafe':
      return { direct: false, 'no-flush': true };
    case 'writeback':
    case 'writethrough':
      return { direct: false, 'no-flush': false };
    default:
      return undefined;
  }
}

function cacheProperty({ cache }: Disk, hasMedium: boolean): Readonly<Record<string, unknown>> {
  if (!hasMedium || cache === undefined || cache === 'default') return {};
  return { 'write-cache': cache === 'writethrough' || cache === 'directsync' ? 'off' : 'on' };
}

function errorPolicies({ errorPolicy, rerrorPolicy }: Disk): Readonly<Record<string, unknown>> {
  const read = rerrorPolicy ?? (errorPolicy === 'enospace' ? undefined : errorPolicy);
  return {
    ...(errorPolicy === undefined ? {} : { werror: errorPolicy === 'enospace' ? 'enospc' : errorPolicy }),
    ...(read === undefined ? {} : { rerror: read }),
  };
}

/** QMP block_set_io_throttle (QAPI block-core); libvirt's names on the left. */
function throttle({ alias }: Disk, iotune: Iotune): Readonly<Record<string, unknown>> {
  return {
    id: alias,
    bps: iotune.totalBytesSec ?? 0,
    bps_rd: iotune.readBytesSec ?? 0,
    bps_wr: iotune.writeBytesSec ?? 0,
    iops: iotune.totalIopsSec ?? 0,
    iops_rd: iotune.readIopsSec ?? 0,
    iops_wr: iotune.writeIopsSec ?? 0,
    bps_max: iotune.totalBytesSecMax ?? 0,
    bps_rd_max: iotune.readBytesSecMax ?? 0,
    bps_wr_max: iotune.writeBytesSecMax ?? 0,
    iops_max: iotune.totalIopsSecMax ?? 0,
    iops_rd_max: iotune.readIopsSecMax ?? 0,
    iops_wr_max: iotune.writeIopsSecMax ?? 0,
    ...lengths(iotune),
    iops_size: iotune.sizeIopsSec ?? 0,
    ...(iotune.groupName === undefined ? {} : { group: iotune.groupName }),
  };
}

function lengths(iotune: Iotune): Readonly<Record<string, unknown>> {
  const given = {
    bps_max_length: iotune.totalBytesSecMaxLength,
    bps_rd_max_length: iotune.readBytesSecMaxLength,
    bps_wr_max_length: iotune.writeBytesSecMaxLength,
    iops_max_length: iotune.totalIopsSecMaxLength,
    iops_rd_max_length: iotune.readIopsSecMaxLength,
    iops_wr_max_length: iotune.writeIopsSecMaxLength,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value > 0));
}
