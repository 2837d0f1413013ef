import type { Disk, Iotune } from '../../../model/domain-devices.ts';
import { throttleCommand } from '../devices/disk-throttle.ts';
import { nodeName } from '../devices/node-name.ts';
import type { Drive } from './query-drive.ts';

/** QEMU's words for the limits of a disk, and ours. */
const limits = {
  bps: 'totalBytesSec',
  bps_rd: 'readBytesSec',
  bps_wr: 'writeBytesSec',
  iops: 'totalIopsSec',
  iops_rd: 'readIopsSec',
  iops_wr: 'writeIopsSec',
  bps_max: 'totalBytesSecMax',
  bps_rd_max: 'readBytesSecMax',
  bps_wr_max: 'writeBytesSecMax',
  iops_max: 'totalIopsSecMax',
  iops_rd_max: 'readIopsSecMax',
  iops_wr_max: 'writeIopsSecMax',
} as const satisfies Readonly<Record<string, keyof Iotune>>;

/** The disk as its drive is: its medium, its tray, its limits. The same object when nothing differs. */
export function diskAsFound(disk: Disk, drive: Drive | undefined): Disk {
  if (drive === undefined) return disk;
  return limitsAsFound(
    disk.device === 'disk' || disk.device === undefined ? disk : mediumAsFound(disk, drive),
    drive,
  );
}

function mediumAsFound(disk: Disk, { inserted, tray_open: open }: Drive): Disk {
  let found = disk;
  const isOpen = open === true;
  if (disk.device === 'cdrom' && isOpen !== (disk.tray === 'open')) {
    const { tray: _, ...rest } = found;
    found = isOpen ? { ...rest, tray: 'open' } : rest;
  }
  const ours = nodeName(disk.alias ?? '', disk.copyOnRead ? '-cor' : '-format');
  const { dir, network, nvme, vhostuser } = disk;
  // Only media that we change live are compared; the others are left as they are on record.
  if ((dir ?? network ?? nvme ?? vhostuser) !== undefined) return found;
  const isFull = (disk.file ?? disk.block ?? disk.volume) !== undefined;
  // It may have been started without it; an empty drive is then as it should be.
  const mayBeEmpty = !isFull || disk.startupPolicy === 'optional';
  if (inserted === undefined ? mayBeEmpty : isFull && inserted['node-name'] === ours) return found;
  const { file: _, block: __, volume: ___, format, backingStore: ____, type: _____, ...drained } = found;
  if (inserted === undefined) return format === undefined ? drained : { ...drained, format };
  return { ...drained, type: 'file', file: String(inserted.file ?? ''), format: format ?? 'raw' };
}

function limitsAsFound(disk: Disk, { inserted }: Drive): Disk {
  if (inserted === undefined) return disk;
  const wanted = throttleCommand(disk, disk.iotune ?? {}).arguments;
  const names = Object.keys(limits) as (keyof typeof limits)[];
  if (names.every((name) => (inserted[name] ?? 0) === (wanted[name] ?? 0))) return disk;
  const { iotune: _, ...rest } = disk;
  const found = Object.fromEntries(
    names.flatMap((name) =>
      Number(inserted[name] ?? 0) > 0 ? [[limits[name], Number(inserted[name])]] : [],
    ),
  ) as Iotune;
  return Object.keys(found).length === 0 ? rest : { ...rest, iotune: found };
}
