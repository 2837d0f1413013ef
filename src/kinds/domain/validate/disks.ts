import type { DomainSpec, Iothread } from '../../../model/domain.ts';
import type { Disk } from '../../../model/domain-devices.ts';
import { allIothreads } from '../all-iothreads.ts';
import { targetIndex } from '../complete/target-name.ts';
import { storageTypes } from '../devices/storage-source.ts';
import { busOf, diskRules } from './disk-rules.ts';
import { checkIotune, checkIotuneGroups } from './iotune.ts';
import { reconnectRules } from './reconnect-rules.ts';
import type { Report } from './report.ts';
import { checkRules } from './rules.ts';
import { checkStorage } from './storage.ts';

export function checkDisks(spec: DomainSpec, report: Report): void {
  const targets = new Map<string, string>();
  spec.devices?.disks?.forEach((disk, index) => {
    const path = `spec.devices.disks[${index}]`;
    checkSource(disk, path, report);
    checkPlace(disk, path, report);
    checkDriver(disk, path, allIothreads(spec), report);
    checkMedium(disk, path, report);
    checkRules(diskRules, disk, path, spec, report);
    checkChain(disk, path, spec, report);
    if (disk.vhostuser !== undefined)
      checkRules(reconnectRules, disk.vhostuser, `${path}.vhostuser`, spec, report);
    if (disk.iotune !== undefined) checkIotune(disk.iotune, `${path}.iotune`, report);
    if (disk.dev === undefined) return;
    const other = targets.get(disk.dev);
    if (other !== undefined)
      report(
        'conflicting-options',
        `${path}.dev`,
        `target ${disk.dev} is taken by ${other}`,
        'give each disk its own target',
      );
    targets.set(disk.dev, path);
  });
  checkIotuneGroups(spec.devices?.disks ?? [], report);
}

/** The image and all that are below it. */
function checkChain(disk: Disk, path: string, spec: DomainSpec, report: Report): void {
  checkStorage(disk, path, spec, report);
  let below = disk.backingStore;
  let at = `${path}.backingStore`;
  if (below !== undefined && below.terminal !== true && (disk.format ?? 'raw') === 'raw' && isPlain(disk))
    report(
      'conflicting-options',
      at,
      'a raw image has no image below it',
      'set the format of the disk, or leave backingStore out',
    );
  for (; below !== undefined && below.terminal !== true; below = below.backingStore) {
    checkStorage(below, at, spec, report);
    if (storageTypes.every((source) => below?.[source] === undefined))
      report('missing-field', at, 'the image below has no source', 'add file, block or volume');
    at += '.backingStore';
  }
}

function isPlain({ volume }: Disk): boolean {
  return volume === undefined;
}

function isRemovable(disk: Disk): boolean {
  return disk.device === 'cdrom' || disk.device === 'floppy';
}

function checkSource(disk: Disk, path: string, report: Report): void {
  const given = storageTypes.filter((source) => disk[source] !== undefined);
  if (given.length > 1)
    report(
      'conflicting-options',
      path,
      `the disk has ${given.length} sources: ${given.join(', ')}`,
      `keep one of ${given.join(', ')}`,
    );
  if (given.length === 0 && !isRemovable(disk))
    report('missing-field', path, 'the disk has no source', 'add file, block or volume');
  const [source] = given;
  if (given.length === 1 && disk.type !== undefined && disk.type !== source)
    report(
      'conflicting-options',
      `${path}.type`,
      `the disk is of type ${disk.type}, but its source is a ${source}`,
      'leave type out',
    );
}

function checkPlace(disk: Disk, path: string, report: Report): void {
  const bus = busOf(disk);
  const device = disk.device ?? 'disk';
  if (disk.dev !== undefined && targetIndex(disk.dev) < 0) {
    if (/^([fhsv]d|xvd|ubd)[a-z]+\d+$/.test(disk.dev))
      report(
        'invalid-value',
        `${path}.dev`,
        `"${disk.dev}" names a partition; a target is a whole disk`,
        `use ${disk.dev.replace(/\d+$/, '')}`,
      );
    else
      report(
        'invalid-value',
        `${path}.dev`,
        `"${disk.dev}" is no target name`,
        'use a name like vda, sdb, hda or fda',
      );
  }
  if (
    disk.dev !== undefined &&
    bus !== undefined &&
    isMisnamed(disk.dev, disk.device ?? (bus === 'fdc' ? 'floppy' : 'disk'))
  )
    report(
      'conflicting-options',
      `${path}.dev`,
      device === 'floppy' ? `${disk.dev} is no name of a floppy drive` : `${disk.dev} is a floppy drive`,
      device === 'floppy' ? 'use fda or fdb' : 'use a name like vda or sda',
    );
  if (disk.bus === undefined && /^(xv|ub)d/.test(disk.dev ?? ''))
    report('not-supported', `${path}.bus`, `${disk.dev} is a disk of Xen or UML`, 'name the bus: virtio');
  if (device === 'cdrom' && bus === 'virtio')
    report(
      'conflicting-options',
      `${path}.bus`,
      'a cdrom cannot be on the virtio bus: it cannot eject there',
      'use sata or scsi',
    );
  if (device === 'floppy' && bus !== undefined && bus !== 'fdc')
    report('conflicting-options', `${path}.bus`, `a floppy cannot be on the ${bus} bus`, 'use fdc');
  if (bus === 'fdc' && disk.device !== undefined && device !== 'floppy')
    report(
      'conflicting-options',
      `${path}.bus`,
      `a ${device} cannot be on the floppy bus`,
      'use virtio or sata',
    );
  const type = disk.address?.type;
  if (bus === undefined || type === undefined) return;
  const wanted = bus === 'virtio' ? 'pci' : bus === 'usb' ? 'usb' : 'drive';
  if (type !== wanted)
    report(
      'conflicting-options',
      `${path}.address`,
      `a disk on the ${bus} bus has an address of type ${wanted}, not ${type}`,
    );
}

/** Floppy drives have names of their own; a CD-ROM drive may have any. */
function isMisnamed(dev: string, device: NonNullable<Disk['device']>): boolean {
  return device !== 'cdrom' && dev.startsWith('fd') !== (device === 'floppy');
}

function checkDriver(disk: Disk, path: string, iothreads: readonly Iothread[], report: Report): void {
  if (disk.iothread !== undefined && iothreads.every(({ id }) => id !== disk.iothread))
    report(
      'missing-reference',
      `${path}.iothread`,
      iothreads.length === 0
        ? 'the domain has no iothreads'
        : `iothread ${disk.iothread} does not exist; there are ${iothreads.map(({ id }) => id).join(', ')}`,
      `set spec.iothreads to ${disk.iothread} or more`,
    );
  if (disk.io === 'native' && disk.cache !== 'none' && disk.cache !== 'directsync')
    report(
      'conflicting-options',
      `${path}.io`,
      'native I/O needs cache none or directsync',
      'set cache: none',
    );
  if (disk.copyOnRead === true && disk.readonly === true)
    report(
      'conflicting-options',
      `${path}.copyOnRead`,
      'copyOnRead writes to the image, and this disk is readonly',
    );
}

function checkMedium(disk: Disk, path: string, report: Report): void {
  const bus = busOf(disk);
  if (disk.readonly === true && !isRemovable(disk) && (bus === 'ide' || bus === 'sata'))
    report(
      'conflicting-options',
      `${path}.readonly`,
      `a hard disk on ${bus} cannot be readonly`,
      'use bus virtio or scsi, or device cdrom',
    );
  if (disk.shareable === true && disk.format !== undefined && disk.format !== 'raw')
    report(
      'conflicting-options',
      `${path}.shareable`,
      `an image in ${disk.format} format cannot be written by two machines`,
      'use format raw',
    );
  if (disk.tray === 'open' && disk.device !== undefined && !isRemovable(disk))
    report('conflicting-options', `${path}.tray`, 'only a cdrom or floppy has a tray');
  if (disk.serial !== undefined && !/^[A-Za-z0-9 .,_+-]*$/.test(disk.serial.replaceAll(',', '\u0000')))
    report('invalid-value', `${path}.serial`, 'a serial number has letters, digits, spaces and _ - + . only');
  if (disk.wwn !== undefined && !/^(0x)?[0-9a-fA-F]{16}$/.test(disk.wwn))
    report('invalid-value', `${path}.wwn`, `"${disk.wwn}" is no WWN`, 'write 16 hexadecimal digits');
  if (disk.vendor !== undefined && disk.vendor.length > 8)
    report('invalid-value', `${path}.vendor`, 'a vendor has at most 8 characters');
  if (disk.product !== undefined && disk.product.length > 16)
    report('invalid-value', `${path}.product`, 'a product has at most 16 characters');
}
