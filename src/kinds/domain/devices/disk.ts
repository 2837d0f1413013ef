import type { Disk, DiskGeometry } from '../../../model/domain-devices.ts';
import { bytes } from '../../shape/bytes.ts';
import { choice } from '../../shape/choice.ts';
import { elementCodec } from '../../shape/element-codec.ts';
import { required } from '../../shape/field.ts';
import { integer } from '../../shape/integer.ts';
import { xmlName } from '../../shape/location.ts';
import { object } from '../../shape/object.ts';
import { onOff, presence, yesNo } from '../../shape/on-off.ts';
import { orNone } from '../../shape/or-none.ts';
import { text } from '../../shape/text.ts';
import type { XmlCursor } from '../../shape/xml-cursor.ts';
import { backingStoreCodec, formatField } from './backing-store.ts';
import type { DeviceClass } from './contract.ts';
import { bootOrderField, deviceCodec, deviceFields } from './device-fields.ts';
import { iotuneCodec } from './iotune.ts';
import { storageSourceShape, storageTypes, withoutImpliedType, withType } from './storage-source.ts';
import { virtioField } from './virtio-options.ts';

const geometry = elementCodec<DiskGeometry>('geometry', {
  cylinders: required(integer('@cyls', 'Cylinders.')),
  heads: required(integer('@heads', 'Heads.')),
  sectors: required(integer('@secs', 'Sectors per track.')),
  translation: choice('@trans', ['auto', 'none', 'lba'], 'How the BIOS translates it. Default: auto.'),
});

/** A copy job of a running machine is no configuration. */
function readRunning(cursor: XmlCursor): void {
  cursor.child(xmlName('mirror'))?.ignore();
  cursor.child(xmlName('source'))?.attribute('index');
}

const codec = deviceCodec<Disk>(
  'disk',
  {
    ...deviceFields,
    type: choice('@type', storageTypes, 'What holds the data. Default: from the source given.', {
      later: ['vhostvdpa=8.1'],
    }),
    device: choice(
      '@device',
      ['disk', 'cdrom', 'floppy', 'lun'],
      'What the guest sees; lun: a SCSI disk of the host as it is. Default: disk.',
    ),
    model: choice(
      '@model',
      ['virtio', 'virtio-transitional', 'virtio-non-transitional'],
      'virtio: with or without its legacy parts. Default: as the bus has it.',
    ),
    rawio: yesNo('@rawio', 'lun: QEMU gets the capability for all SCSI commands. Default: false.'),
    sgio: choice('@sgio', ['filtered', 'unfiltered'], 'lun: which SCSI commands pass. Default: filtered.'),
    snapshot: choice(
      '@snapshot',
      ['no', 'internal', 'external', 'manual'],
      'What a snapshot of the domain does with this disk.',
    ),
    ...storageSourceShape,
    format: formatField(
      'driver@type',
      'Format of the image; never probed. Default: raw, for a Volume its own.',
    ),
    metadataCache: orNone(
      bytes('driver/metadata_cache/max_size', 'qcow2: most memory for its tables.', { unit: 'bytes' }),
    ),
    bus: choice(
      'target@bus',
      ['virtio', 'scsi', 'sata', 'ide', 'usb', 'fdc', 'sd'],
      'Bus. Default: from dev.',
      {
        later: ['xen', 'uml', 'nvme'],
      },
    ),
    dev: text(
      'target@dev',
      'Name that orders the disks of a bus: vda, sdb, hdc, fda. Default: the next free one.',
      {
        pattern: '^(vd|sd|hd|fd|xvd|ubd)[a-z]{1,3}$',
        expected: 'a name like vda, sdb, hdc or fda',
      },
    ),
    cache: choice(
      'driver@cache',
      ['default', 'none', 'writeback', 'writethrough', 'directsync', 'unsafe'],
      'Cache mode of the host. Default: writeback, as QEMU.',
    ),
    errorPolicy: choice(
      'driver@error_policy',
      ['stop', 'report', 'ignore', 'enospace'],
      'On a write error. Default: enospace.',
    ),
    rerrorPolicy: choice(
      'driver@rerror_policy',
      ['stop', 'report', 'ignore'],
      'On a read error. Default: as errorPolicy.',
    ),
    io: choice('driver@io', ['native', 'threads', 'io_uring'], 'How the host does I/O. Default: threads.'),
    ioeventfd: onOff('driver@ioeventfd', 'virtio: handle I/O outside of the vCPU threads. Default: true.'),
    eventIdx: onOff('driver@event_idx', 'virtio: fewer interrupts. Default: true.'),
    copyOnRead: onOff('driver@copy_on_read', 'Copy what is read from the backing file. Default: false.'),
    discard: choice(
      'driver@discard',
      ['unmap', 'ignore'],
      'What a discard of the guest does. Default: ignore.',
    ),
    iothread: integer('driver@iothread', 'Number of the I/O thread, from 1. virtio only.', { minimum: 1 }),
    detectZeroes: choice(
      'driver@detect_zeroes',
      ['off', 'on', 'unmap'],
      'Turn written zeroes into holes. Default: off.',
    ),
    discardNoUnref: onOff(
      'driver@discard_no_unref',
      'qcow2: what is discarded keeps its place in the file. QEMU 8.1 and later.',
    ),
    queues: orNone(
      integer('driver@queues', 'Number of virtio queues. Default: as QEMU.', { minimum: 1, maximum: 65_535 }),
    ),
    queueSize: orNone(
      integer('driver@queue_size', 'Entries of a virtio queue. Default: as QEMU.', { maximum: 1024 }),
    ),
    virtio: virtioField,
    startupPolicy: choice(
      'source@startupPolicy',
      ['mandatory', 'requisite', 'optional'],
      'When the medium is missing at a start: mandatory and requisite fail it; optional empties a drive for media, and leaves another disk out. Default: mandatory.',
    ),
    backingStore: object('backingStore', backingStoreCodec, 'The image chain. Default: as the image says.'),
    geometry: object('geometry', geometry, 'Cylinders, heads and sectors that the guest is told.'),
    logicalBlockSize: orNone(integer('blockio@logical_block_size', 'Bytes. Default: 512.', { minimum: 1 })),
    physicalBlockSize: orNone(integer('blockio@physical_block_size', 'Bytes. Default: 512.', { minimum: 1 })),
    discardGranularity: integer('blockio@discard_granularity', 'Bytes that are discarded together.', {
      maximum: 0xffff_ffff,
    }),
    tray: choice('target@tray', ['open', 'closed'], 'Tray of a CD-ROM or floppy drive. Default: closed.'),
    removable: onOff('target@removable', 'USB disks: a removable medium. Default: false.'),
    rotationRate: orNone(
      integer('target@rotation_rate', 'Turns per minute; 1: a solid-state disk.', {
        minimum: 1,
        maximum: 65_534,
      }),
    ),
    iotune: object('iotune', iotuneCodec, 'Limits of throughput and operations.'),
    readonly: presence('readonly', 'The guest cannot write. Default: true for cdrom.'),
    shareable: presence('shareable', 'Several guests may write at once.'),
    transient: presence('transient', 'What the guest writes is forgotten when it stops.'),
    transientShareBacking: yesNo(
      'transient@shareBacking',
      'Other domains may use the image at the same time. Default: false.',
    ),
    serial: text('serial', 'Serial number that the guest sees.', { maxLength: 247 }),
    wwn: text('wwn', 'World wide name: 16 hexadecimal digits.', {
      pattern: '^(0x)?[0-9a-fA-F]{16}$',
      expected: '16 hexadecimal digits',
    }),
    vendor: text('vendor', 'SCSI vendor, at most 8 characters.', {
      pattern: '^[\\x20-\\x7e]{0,8}$',
      expected: 'at most 8 printable characters',
    }),
    product: text('product', 'SCSI product, at most 16 characters.', {
      pattern: '^[\\x20-\\x7e]{0,16}$',
      expected: 'at most 16 printable characters',
    }),
    bootOrder: bootOrderField,
  },
  {
    order:
      'driver source backingStore geometry blockio target iotune readonly shareable transient serial wwn vendor product ' +
      'target@dev target@bus target@tray target@removable target@rotation_rate',
    fixed: { 'driver@name': 'qemu' },
    xmlNeeds: 'target target@dev',
    reads: readRunning,
    // What came after libvirt 9.0, and what only s390 has.
    later:
      'throttlefilters driver/iothreads=9.0 boot@loadparm source@fdgroup source/dataStore source/knownHosts ' +
      'source/identity@username source/identity@keyfile source/identity@agentsock',
    normalize: (disk) =>
      withType(disk.transientShareBacking === undefined ? disk : { ...disk, transient: true }),
    abbreviate: withoutImpliedType,
  },
);

export const disk: DeviceClass<Disk> = { element: 'disk', about: 'Disks, CD-ROM and floppy drives.', codec };
