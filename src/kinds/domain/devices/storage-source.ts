import type {
  Encryption,
  NetworkStorage,
  NvmeStorage,
  Reservations,
  SecretReference,
  StorageSlice,
  StorageSource,
  StorageType,
  VhostUserStorage,
} from '../../../model/domain-devices.ts';
import { bytes } from '../../shape/bytes.ts';
import { choice } from '../../shape/choice.ts';
import { elementCodec } from '../../shape/element-codec.ts';
import { type Field, required, type Shape } from '../../shape/field.ts';
import { hex, integer } from '../../shape/integer.ts';
import { parseLocation, xmlName } from '../../shape/location.ts';
import { namePattern } from '../../shape/metadata-codec.ts';
import { object, scattered } from '../../shape/object.ts';
import { yesNo } from '../../shape/on-off.ts';
import { path, text } from '../../shape/text.ts';
import type { XmlCursor } from '../../shape/xml-cursor.ts';
import { reconnectCodec } from './character-source.ts';
import { networkStorage } from './network-storage.ts';
import { secretReference } from './secret-reference.ts';
import { sourceLabelsField } from './source-labels.ts';

export const storageTypes = ['file', 'block', 'dir', 'network', 'volume', 'nvme', 'vhostuser'] as const;

/** The type that the sources given say by themselves. */
export function impliedType(source: StorageSource): StorageType {
  return storageTypes.find((type) => source[type] !== undefined) ?? 'file';
}

/** Fills what the sources given say by themselves. */
export function withType<T extends StorageSource>(source: T): T {
  return source.type === undefined ? { ...source, type: impliedType(source) } : source;
}

/** Leaves out what `withType` fills. */
export function withoutImpliedType<T extends StorageSource>(source: T): T {
  const { type, ...rest } = source;
  // Only the optional `type` of T is gone.
  return type === undefined || type === impliedType(source) ? (rest as unknown as T) : source;
}

/** Reads XML only where `type=` of the element says so: each type has its own words in `<source>`. */
function ofType<T>(type: StorageType, field: Field<T>): Field<T> {
  return {
    ...field,
    fromXml: (cursor, where) => (typeOf(cursor) === type ? field.fromXml(cursor, where) : undefined),
  };
}

function typeOf(cursor: XmlCursor): string {
  return cursor.attribute('type')?.value ?? 'file';
}

/** Where libvirt insists on a word that can be only one. */
function needs(at: string): (cursor: XmlCursor, where: string) => void {
  const location = parseLocation(at);
  return (cursor, where) => {
    if (cursor.value(location) === undefined)
      cursor.decoding.report('missing-field', where, `${at.replace('@', ' has no ')}=`);
  };
}

/** `file=''` is an empty drive. */
const file: Field<string> = {
  ...path('source@file', 'Path of the image.'),
  fromXml: (cursor, where) =>
    cursor.value(parseLocation('source@file'))?.text === ''
      ? undefined
      : path('source@file', '').fromXml(cursor, where),
};

const poolName = text('source@pool', 'Pool of the volume. Default: default.', {
  pattern: '^[^/\\p{Cc}]{1,128}$',
  expected: 'the name of a pool',
});
const pool: Field<string> = {
  ...poolName,
  fromXml: (cursor, where) => {
    const found = poolName.fromXml(cursor, where);
    return found === 'default' ? undefined : found;
  },
};

const volumeName = text('source@volume', 'Name of a Volume.', {
  pattern: namePattern,
  expected: 'the name of a Volume',
});
/** XML always names the pool; it has been written before when it is not `default`. */
const volume: Field<string> = {
  ...volumeName,
  fromXml: (cursor, where) => {
    const found = volumeName.fromXml(cursor, where);
    if (found !== undefined) needs('source@pool')(cursor, where);
    return found;
  },
  toXml: (value, builder) => {
    const source = builder.descend(parseLocation('source').steps);
    if (!source.hasAttribute('pool')) source.attribute('pool', 'default');
    volumeName.toXml(value, builder);
  },
};

const anyNetwork = networkStorage(besideSource);
/** A drive without `<source>` is empty. */
const network: Field<NetworkStorage> = {
  ...anyNetwork,
  fromXml: (cursor, where) =>
    cursor.child(xmlName('source')) === undefined ? undefined : anyNetwork.fromXml(cursor, where),
};

const nvme = scattered(
  elementCodec<NvmeStorage>(
    'source',
    {
      managed: yesNo(
        'source@managed',
        'Kept for libvirt. Nobody changes its driver: vfio-pci must hold it before a start. Default: true.',
      ),
      namespace: required(integer('source@namespace', 'NVMe namespace, from 1.')),
      domain: hex('source/address@domain', 'PCI domain of the host. Default: 0.', 4),
      bus: hex('source/address@bus', 'PCI bus of the host.', 2),
      slot: hex('source/address@slot', 'PCI slot of the host.', 2, 31),
      function: hex('source/address@function', 'PCI function of the host. Default: 0.', 1, 7),
    },
    { inline: true, fixed: { 'source@type': 'pci' }, reads: needs('source@type') },
  ),
  'A host NVMe drive, driven by QEMU itself.',
);

const vhostuser = scattered(
  elementCodec<VhostUserStorage>(
    'source',
    {
      path: required(path('source@path', 'Socket of the vhost-user process.')),
      reconnect: object('source/reconnect', reconnectCodec, 'When the connection is lost.'),
    },
    { inline: true, fixed: { 'source@type': 'unix' }, reads: needs('source@type') },
  ),
  'A vhost-user-blk process.',
);

const encryptionCodec = elementCodec<Encryption>(
  'encryption',
  {
    format: required(choice('@format', ['luks', 'luks2'], 'How the data is encrypted.')),
    engine: choice('@engine', ['qemu', 'librbd'], 'Who decrypts. Default: qemu.'),
    secret: required(object<SecretReference>('secret', secretReference, 'The passphrase.')),
  },
  { fixed: { 'secret@type': 'passphrase' }, xmlNeeds: 'secret@type', order: 'secret' },
);

const reservationsCodec = elementCodec<Reservations>(
  'reservations',
  {
    managed: required(yesNo('@managed', 'Qonverge starts the helper.')),
    path: path('source@path', 'Socket of a helper that runs already.'),
  },
  {
    fixed: { 'source@type': 'unix', 'source@mode': 'client' },
    xmlNeeds: 'source@type source@mode source@path',
  },
);

const slice = elementCodec<StorageSlice>(
  'slice',
  {
    offset: required(bytes('@offset', 'Where the image begins.', { unitless: true })),
    size: required(bytes('@size', 'Length.', { unitless: true })),
  },
  { fixed: { '@type': 'storage' } },
);

/** libvirt takes it in `<source>` and, for a disk, beside it. */
export function besideSource<T>(field: Field<T>, outer: Field<T>): Field<T> {
  return {
    ...field,
    fromXml: (cursor, where) => {
      const inner = field.fromXml(cursor, where);
      const beside = outer.fromXml(cursor, where);
      if (inner !== undefined && beside !== undefined)
        cursor.decoding.report(
          'conflicting-options',
          where,
          `<${outer.at}> is given in <source> and beside it`,
        );
      return inner ?? beside;
    },
  };
}

/** Where data is: the fields that a disk and each image below it have alike. */
export const storageSourceShape: Shape<Omit<StorageSource, 'type'>> = {
  file: ofType('file', file),
  block: ofType('block', path('source@dev', 'Path of the host block device.')),
  dir: ofType('dir', path('source@dir', 'A directory that the guest sees as a FAT disk.')),
  pool: ofType('volume', pool),
  volume: ofType('volume', volume),
  volumeMode: ofType(
    'volume',
    choice(
      'source@mode',
      ['host', 'direct'],
      'iSCSI volumes: through a device of the host, or by QEMU itself.',
    ),
  ),
  network: ofType('network', network),
  nvme: ofType('nvme', nvme),
  vhostuser: ofType('vhostuser', vhostuser),
  encryption: besideSource(
    object('source/encryption', encryptionCodec, 'Encryption of the image.'),
    object('encryption', encryptionCodec, ''),
  ),
  reservations: object('source/reservations', reservationsCodec, 'SCSI persistent reservations.'),
  slice: object('source/slices/slice', slice, 'The part of the file that holds the image.'),
  labels: sourceLabelsField('source'),
};
