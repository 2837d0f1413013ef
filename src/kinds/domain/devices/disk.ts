import type { Disk } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import type { Field } from '../../shape/field.ts';
import { integer } from '../../shape/integer.ts';
import { namePattern } from '../../shape/metadata-codec.ts';
import { object } from '../../shape/object.ts';
import { onOff, presence } from '../../shape/on-off.ts';
import { path, text } from '../../shape/text.ts';
import { backingStoreCodec, laterFormats } from './backing-store.ts';
import type { DeviceClass } from './contract.ts';
import { deviceCodec, deviceFields } from './device-fields.ts';
import { iotuneCodec } from './iotune.ts';
import { virtioField } from './virtio-options.ts';

const volumeName = text('source@volume', 'Name of a Volume.', {
  pattern: namePattern,
  expected: 'the name of a Volume',
});
const pool = choice('source@pool', ['default'], 'The only pool so far.');

/** libvirt's volumes lie in pools; ours all in one, which XML calls `default`. */
const volume: Field<string> = {
  ...volumeName,
  fromXml: (cursor, path) => {
    pool.fromXml(cursor, `${path}/@pool`);
    return volumeName.fromXml(cursor, path);
  },
  toXml: (value, builder) => {
    pool.toXml('default', builder);
    volumeName.toXml(value, builder);
  },
};

function impliedType(disk: Partial<Disk>): 'file' | 'block' | 'volume' {
  if (disk.file !== undefined) return 'file';
  if (disk.block !== undefined) return 'block';
  return disk.volume === undefined ? 'file' : 'volume';
}

const codec = deviceCodec<Disk>(
  'disk',
  {
    ...deviceFields,
    type: choice(
      '@type',
      ['file', 'block', 'volume'],
      'What holds the data. Default: from file, block or volume.',
      {
        later: ['dir', 'network', 'nvme', 'vhostuser', 'vdpa', 'vhostvdpa'],
      },
    ),
    device: choice('@device', ['disk', 'cdrom', 'floppy'], 'What the guest sees. Default: disk.', {
      later: ['lun'],
    }),
    file: path('source@file', 'Path of the image.'),
    block: path('source@dev', 'Path of the host block device.'),
    volume,
    format: choice(
      'driver@type',
      ['raw', 'qcow2'],
      'Format of the image; never probed. Default: raw, for a Volume its own.',
      {
        later: laterFormats(),
      },
    ),
    bus: choice('target@bus', ['virtio', 'scsi', 'sata', 'ide', 'usb', 'fdc'], 'Bus. Default: from dev.', {
      later: ['xen', 'uml', 'sd', 'nvme'],
    }),
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
    queues: integer('driver@queues', 'Number of virtio queues. Default: as QEMU.', {
      minimum: 1,
      maximum: 65_535,
    }),
    virtio: virtioField,
    startupPolicy: choice(
      'source@startupPolicy',
      ['mandatory', 'requisite', 'optional'],
      'When the medium is missing at a start: mandatory and requisite fail it; optional empties a drive for media, and leaves another disk out. Default: mandatory.',
    ),
    backingStore: object('backingStore', backingStoreCodec, 'The image chain. Default: as the image says.'),
    logicalBlockSize: integer('blockio@logical_block_size', 'Bytes. Default: 512.', { minimum: 1 }),
    physicalBlockSize: integer('blockio@physical_block_size', 'Bytes. Default: 512.', { minimum: 1 }),
    tray: choice('target@tray', ['open', 'closed'], 'Tray of a CD-ROM or floppy drive. Default: closed.'),
    removable: onOff('target@removable', 'USB disks: a removable medium. Default: false.'),
    rotationRate: integer('target@rotation_rate', 'Turns per minute; 1: a solid-state disk.', {
      minimum: 1,
      maximum: 65_534,
    }),
    iotune: object('iotune', iotuneCodec, 'Limits of throughput and operations.'),
    readonly: presence('readonly', 'The guest cannot write. Default: true for cdrom.'),
    shareable: presence('shareable', 'Several guests may write at once.'),
    transient: presence('transient', 'What the guest writes is forgotten when it stops.'),
    serial: text('serial', 'Serial number that the guest sees.', { maxLength: 247 }),
    wwn: text('wwn', 'World wide name: 16 hexadecimal digits.', {
      pattern: '^[0-9a-fA-F]{16}$',
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
    bootOrder: integer('boot@order', 'Place in the boot order, from 1.', { minimum: 1 }),
  },
  {
    order:
      'driver source backingStore blockio target iotune readonly shareable transient serial wwn vendor product ' +
      'target@dev target@bus target@tray target@removable target@rotation_rate',
    fixed: { 'driver@name': 'qemu' },
    later:
      '@model @rawio @sgio @snapshot auth encryption geometry mirror diskSecret throttlefilters blockio@discard_granularity ' +
      'driver@event_idx driver@ioeventfd driver@queue_size driver@discard_no_unref driver/metadata_cache ' +
      'driver/iothreads boot@loadparm source@index source@mode source/seclabel source/encryption source/reservations ' +
      'source/slices source/host source/auth source/dataStore target/transient transient@shareBacking',
    normalize: (disk) => (disk.type === undefined ? { ...disk, type: impliedType(disk) } : disk),
    abbreviate: ({ type, ...disk }) =>
      type === undefined || type === impliedType(disk) ? disk : { ...disk, type },
  },
);

export const disk: DeviceClass<Disk> = { element: 'disk', about: 'Disks, CD-ROM and floppy drives.', codec };
