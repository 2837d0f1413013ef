import type { Disk, DriveAddress } from '../../../model/domain-devices.ts';
import { impliedType } from '../devices/storage-source.ts';
import type { DeviceDrafts, Draft } from './draft.ts';
import type { Chipset } from './machine.ts';
import { busOfTarget, freeTarget, targetIndex } from './target-name.ts';

export function completeDisks(disks: DeviceDrafts['disks'], chipset: Chipset, inherited: Set<object>): void {
  for (const disk of disks) completeDisk(disk, chipset);
  for (const disk of disks) disk.dev ??= freeTarget(disk.bus ?? 'virtio', disks);
  assignDriveAddresses(disks, inherited);
}

function completeDisk(disk: Draft<Disk>, chipset: Chipset): void {
  disk.type ??= impliedType(disk);
  disk.device ??= disk.bus === 'fdc' || disk.dev?.startsWith('fd') ? 'floppy' : 'disk';
  disk.bus ??= (disk.dev === undefined ? undefined : busOfTarget(disk.dev)) ?? defaultBus(disk, chipset);
  // A volume knows its own format.
  if (disk.type !== 'volume') disk.format ??= 'raw';
  if (disk.device === 'cdrom') disk.readonly = true;
}

function defaultBus(disk: Disk, chipset: Chipset): NonNullable<Disk['bus']> {
  if (disk.device === 'floppy') return 'fdc';
  if (disk.device === 'cdrom') return chipset === 'i440fx' ? 'ide' : 'sata';
  return 'virtio';
}

/** Disks behind a controller sit where their target name says; an inherited seat gives way to a written one. */
function assignDriveAddresses(disks: DeviceDrafts['disks'], inherited: ReadonlySet<object>): void {
  const taken = new Set<string>();
  const seats = new Map<Draft<Disk>, DriveAddress>();
  for (const disk of disks) {
    if (disk.address?.type !== 'drive') continue;
    disk.address = { controller: 0, bus: 0, target: 0, unit: 0, ...disk.address };
    if (!inherited.has(disk)) taken.add(seatKey(disk, disk.address));
  }
  for (const disk of disks) {
    const seat = disk.address?.type === 'drive' && inherited.has(disk) ? disk.address : undefined;
    if (seat === undefined || taken.has(seatKey(disk, seat))) continue;
    taken.add(seatKey(disk, seat));
    seats.set(disk, seat);
  }
  for (const disk of disks) {
    if (
      disk.address !== undefined &&
      (!inherited.has(disk) || seats.has(disk) || disk.address.type !== 'drive')
    )
      continue;
    const seat = seatOfTarget(disk);
    if (seat !== undefined) disk.address = seat;
  }
}

function seatKey(disk: Disk, seat: DriveAddress): string {
  return `${disk.bus}-${seat.controller}-${seat.bus}-${seat.target}-${seat.unit}`;
}

/** SCSI is counted as a narrow bus of 7 units, as libvirt does for QEMU. */
function seatOfTarget(disk: Disk): DriveAddress | undefined {
  const index = targetIndex(disk.dev);
  if (index < 0) return undefined;
  switch (disk.bus) {
    case 'ide':
      return drive(Math.floor(index / 4), Math.floor((index % 4) / 2), index % 2);
    case 'sata':
      return drive(Math.floor(index / 6), 0, index % 6);
    case 'scsi':
      return drive(Math.floor(index / 7), 0, index % 7);
    case 'fdc':
      return drive(Math.floor(index / 2), 0, index % 2);
    default:
      return undefined;
  }
}

function drive(controller: number, bus: number, unit: number): DriveAddress {
  return { type: 'drive', controller, bus, target: 0, unit };
}
