import type { DomainSpec } from '../../../model/domain.ts';
import type { Disk } from '../../../model/domain-devices.ts';
import { busOfTarget } from '../complete/target-name.ts';
import { type Rule, unwanted } from './rules.ts';
import { sharesMemory } from './shared-memory.ts';

export function busOf(disk: Disk): Disk['bus'] {
  return disk.bus ?? (disk.dev === undefined ? undefined : busOfTarget(disk.dev));
}

/** Whether the bus is known and is none of these. */
export function isElsewhere(disk: Disk, ...buses: readonly Disk['bus'][]): boolean {
  const bus = busOf(disk);
  return bus !== undefined && !buses.includes(bus);
}

const isLun = ({ device }: Disk): boolean => device === 'lun';
const isMedium = ({ device }: Disk): boolean => device === 'cdrom' || device === 'floppy';
const isVhostUser = ({ vhostuser }: Disk): boolean => vhostuser !== undefined;

/** What belongs to a virtio disk alone. */
const virtioOnly = unwanted<Disk>(
  ['model', 'eventIdx', 'ioeventfd', 'iothread', 'queues', 'virtio'],
  (disk) => isElsewhere(disk, 'virtio'),
  'is for disks on the virtio bus',
  'use bus virtio, or leave it out',
);

/** A SCSI disk of the host that the guest speaks to directly. */
const lun: readonly Rule<Disk>[] = [
  ...unwanted<Disk>(['sgio', 'rawio', 'reservations'], (disk) => !isLun(disk), 'is for device lun'),
  {
    at: 'sgio',
    when: ({ sgio }) => sgio === 'unfiltered',
    says: 'kernels can no longer pass SCSI commands unfiltered',
    instead: 'leave it out',
    code: 'not-supported',
  },
  {
    at: 'bus',
    when: (disk) => isLun(disk) && isElsewhere(disk, 'scsi', 'virtio'),
    says: 'a lun can only be on the scsi bus',
    instead: 'use bus scsi',
  },
  {
    at: 'device',
    when: (disk) => isLun(disk) && (disk.file ?? disk.dir ?? disk.nvme ?? disk.vhostuser) !== undefined,
    says: 'a lun is a block device of the host, an iSCSI unit or a volume',
    instead: 'use block, or device disk',
  },
  {
    at: 'network',
    when: (disk) => isLun(disk) && disk.network !== undefined && disk.network.protocol !== 'iscsi',
    says: 'of network storage only iSCSI has units to pass through',
    instead: 'use device disk',
  },
  {
    at: 'format',
    when: (disk) => isLun(disk) && disk.format !== undefined && disk.format !== 'raw',
    says: 'a lun is passed through as it is: its format is raw',
    instead: 'use format raw',
  },
  ...unwanted<Disk>(
    ['slice', 'encryption', 'wwn', 'vendor', 'product', 'serial'],
    isLun,
    'cannot be set for a lun: the guest sees the disk of the host as it is',
  ),
];

/** A vhost-user process has the image; QEMU only hands it the queues. */
const vhostUser: readonly Rule<Disk>[] = [
  ...unwanted<Disk>(
    [
      'errorPolicy',
      'rerrorPolicy',
      'io',
      'ioeventfd',
      'copyOnRead',
      'discard',
      'iothread',
      'detectZeroes',
      'discardNoUnref',
      'metadataCache',
      'iotune',
      'backingStore',
      'encryption',
      'readonly',
      'shareable',
      'transient',
      'serial',
      'wwn',
      'vendor',
      'product',
      'geometry',
      'logicalBlockSize',
      'physicalBlockSize',
      'discardGranularity',
    ],
    isVhostUser,
    'is up to the process behind a vhostuser disk',
  ),
  {
    at: 'cache',
    when: (disk) => isVhostUser(disk) && (disk.cache ?? 'default') !== 'default',
    says: 'cache is up to the process behind a vhostuser disk',
    instead: 'leave it out',
  },
  {
    at: 'bus',
    when: (disk) => isVhostUser(disk) && isElsewhere(disk, 'virtio'),
    says: 'a vhostuser disk can only be on the virtio bus',
    instead: 'use bus virtio',
  },
  {
    at: 'snapshot',
    when: (disk) => isVhostUser(disk) && disk.snapshot !== undefined && disk.snapshot !== 'no',
    says: 'a vhostuser disk has no snapshots',
    instead: 'use no',
  },
  {
    at: 'vhostuser',
    when: (disk, spec) => isVhostUser(disk) && !sharesMemory(spec),
    says: "a vhostuser disk needs the guest's memory to be shared with its process",
    instead: 'set memoryBacking.access: shared',
    code: 'missing-field',
  },
];

const transient: readonly Rule<Disk>[] = [
  {
    at: 'transient',
    when: (disk) => disk.transient === true && disk.readonly === true,
    says: 'a read-only disk has nothing to forget',
    instead: 'leave transient out',
  },
  {
    at: 'transient',
    when: (disk) => disk.transient === true && (disk.device ?? 'disk') !== 'disk',
    says: 'only a hard disk can be transient',
    instead: 'leave transient out',
  },
  {
    at: 'transient',
    when: (disk) => disk.transient === true && (disk.type ?? 'file') !== 'file',
    says: 'what a guest writes can be forgotten only where the disk is a file',
    instead: 'use a file, or leave transient out',
  },
  {
    at: 'transientShareBacking',
    when: (disk) => disk.transientShareBacking === true && isElsewhere(disk, 'virtio', 'usb', 'scsi'),
    says: 'a transient disk that shares its image is plugged in, which this bus cannot do',
    instead: 'use bus virtio, scsi or usb',
  },
];

const startup: readonly Rule<Disk>[] = [
  {
    at: 'startupPolicy',
    when: (disk) =>
      disk.startupPolicy !== undefined && (disk.network ?? disk.nvme ?? disk.vhostuser) !== undefined,
    says: 'startupPolicy is for files, directories and block devices of the host',
    instead: 'leave it out',
  },
  {
    at: 'startupPolicy',
    when: (disk) => disk.startupPolicy === 'requisite' && !isMedium(disk),
    says: 'requisite is for drives of media',
    instead: 'use mandatory or optional',
  },
];

function isOnSas({ address }: Disk, { devices }: DomainSpec): boolean {
  const at = address?.type === 'drive' ? (address.controller ?? 0) : 0;
  return (devices?.controllers ?? []).some(
    ({ type, index = 0, model }) => type === 'scsi' && index === at && model === 'lsisas1068',
  );
}

/** What the guest is told of a disk, by the bus that can tell it. */
const shown: readonly Rule<Disk>[] = [
  ...unwanted<Disk>(
    ['vendor', 'product'],
    (disk) => isElsewhere(disk, 'scsi'),
    'is for disks on scsi',
    'use bus scsi, or leave it out',
  ),
  ...unwanted<Disk>(['wwn'], (disk) => isElsewhere(disk, 'ide', 'scsi'), 'is for disks on ide and scsi'),
  {
    at: 'wwn',
    when: (disk, spec) => disk.wwn === undefined && busOf(disk) === 'scsi' && isOnSas(disk, spec),
    says: 'Linux finds no disk behind an lsisas1068 that has no WWN',
    instead: 'add wwn: 16 hexadecimal digits, the first of them 5',
    code: 'missing-field',
    isHarmless: true,
  },
  ...unwanted<Disk>(['removable'], (disk) => isElsewhere(disk, 'usb'), 'is for disks on usb'),
  ...unwanted<Disk>(
    ['rotationRate'],
    (disk) => isElsewhere(disk, 'scsi', 'ide', 'sata') || isMedium(disk) || isLun(disk),
    'is for hard disks on scsi, ide and sata',
  ),
  ...unwanted<Disk>(
    ['geometry'],
    (disk) => isElsewhere(disk, 'ide', 'sata', 'scsi', 'virtio', 'fdc'),
    'cannot be told on this bus',
  ),
  {
    at: 'geometry.translation',
    when: (disk) => disk.geometry?.translation !== undefined && isElsewhere(disk, 'ide'),
    says: 'only an IDE disk has its geometry translated by the BIOS',
    instead: 'leave translation out',
  },
  {
    at: 'copyOnRead',
    when: (disk) => disk.copyOnRead === true && (isMedium(disk) || isLun(disk)),
    says: 'copyOnRead is for hard disks that are images',
    instead: 'leave it out',
  },
  {
    at: 'dir',
    when: (disk) => disk.dir !== undefined && disk.readonly !== true && disk.device !== 'cdrom',
    says: 'a directory can only be read',
    instead: 'set readonly: true',
  },
];

export const diskRules: readonly Rule<Disk>[] = [
  ...virtioOnly,
  ...lun,
  ...vhostUser,
  ...transient,
  ...startup,
  ...shown,
];
