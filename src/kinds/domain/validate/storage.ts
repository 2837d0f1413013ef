import type { DomainSpec } from '../../../model/domain.ts';
import type {
  Encryption,
  NetworkStorage,
  SecretReference,
  StorageSource,
} from '../../../model/domain-devices.ts';
import type { Report } from './report.ts';
import { checkEach, checkRules, type Rule, unwanted } from './rules.ts';

/** What a disk and each image below it have alike. */
interface Image extends StorageSource {
  readonly format?: string;
  readonly metadataCache?: number;
}

export function checkStorage(image: Image, path: string, spec: DomainSpec, report: Report): void {
  checkRules(imageRules, image, path, spec, report);
  if (image.network !== undefined) checkNetwork(image.network, `${path}.network`, spec, report);
}

const isRbd = ({ network }: Image): boolean => network?.protocol === 'rbd';
const engineOf = ({ engine = 'qemu' }: Encryption): string => engine;

const isNamedOnce = ({ usage, uuid }: SecretReference): boolean =>
  (usage === undefined) !== (uuid === undefined);

/** Of the secret at this place. */
const namedOnce = { says: 'a secret is named by its usage or by its uuid', instead: 'give one of the two' };

const imageRules: readonly Rule<Image>[] = [
  {
    at: 'volume',
    when: ({ pool, volume }) => pool !== undefined && volume === undefined,
    says: 'which volume of the pool is missing',
    instead: 'add volume',
    code: 'missing-field',
  },
  {
    at: 'format',
    when: (image) => image.format === 'fat' && image.dir === undefined && image.volume === undefined,
    says: 'format fat is for a directory, which QEMU shows as a FAT disk',
    instead: 'use dir, or format raw',
  },
  {
    at: 'format',
    when: (image) => image.dir !== undefined && image.format !== undefined && image.format !== 'fat',
    says: 'a directory is shown as a FAT disk, and has no other format',
    instead: 'use format fat',
  },
  {
    at: 'metadataCache',
    when: ({ metadataCache = 0, format }) => metadataCache > 0 && format !== undefined && format !== 'qcow2',
    says: 'only qcow2 images have tables to cache',
    instead: 'leave it out',
  },
  {
    at: 'encryption.format',
    when: ({ encryption }) => encryption?.format === 'luks2' && engineOf(encryption) === 'qemu',
    says: 'QEMU cannot read luks2 by itself',
    instead: 'use luks, or for rbd engine librbd',
    code: 'not-supported',
  },
  {
    at: 'encryption.secret',
    when: ({ encryption }) => encryption !== undefined && !isNamedOnce(encryption.secret),
    ...namedOnce,
  },
  {
    at: 'encryption',
    when: ({ encryption, format = 'raw' }) =>
      encryption !== undefined && engineOf(encryption) === 'qemu' && format !== 'raw' && format !== 'qcow2',
    says: 'only raw and qcow2 images can be encrypted',
    instead: 'use format qcow2',
  },
  {
    at: 'encryption.engine',
    when: (image) => image.encryption?.engine === 'librbd' && !isRbd(image),
    says: 'librbd reads rbd images only',
    instead: 'use qemu',
  },
  {
    at: 'reservations.path',
    when: ({ reservations }) => reservations?.managed === false && reservations.path === undefined,
    says: 'the socket of the helper is missing',
    instead: 'add path, or set managed: true',
    code: 'missing-field',
  },
  {
    at: 'nvme.namespace',
    when: ({ nvme }) => nvme?.namespace === 0,
    says: 'NVMe namespaces begin at 1',
    instead: 'use 1',
    code: 'invalid-value',
  },
  {
    at: 'nvme.bus',
    when: ({ nvme }) => nvme !== undefined && (nvme.bus ?? nvme.slot) === undefined,
    says: 'the PCI address of the drive is missing',
    instead: '`lspci -D` lists the devices of this host',
    code: 'missing-field',
  },
];

type Protocol = NetworkStorage['protocol'];
const web: readonly Protocol[] = ['http', 'https'];
const curl: readonly Protocol[] = ['http', 'https', 'ftp', 'ftps'];
const not =
  (...protocols: readonly Protocol[]) =>
  ({ protocol }: NetworkStorage): boolean =>
    !protocols.includes(protocol);
const hostsOf = ({ hosts = [] }: NetworkStorage) => hosts;

const networkRules: readonly Rule<NetworkStorage>[] = [
  {
    at: 'name',
    when: ({ protocol, name }) => protocol !== 'nbd' && name === undefined,
    says: 'what the server calls the image is missing',
    instead: 'add name',
    code: 'missing-field',
  },
  {
    at: 'name',
    when: ({ protocol, name }) =>
      (protocol === 'rbd' || protocol === 'gluster') && name !== undefined && !/^[^/]+\/./.test(name),
    says: 'the name must have two parts: a pool or volume, a slash, and the image',
    instead: 'write it as pool/image',
    code: 'invalid-value',
  },
  {
    at: 'name',
    when: ({ protocol, name }) => protocol === 'iscsi' && /\/(?!\d+$)/.test(name ?? ''),
    says: 'after the slash stands the number of the unit',
    instead: 'write it as iqn.2020-01.com.example:target/1',
    code: 'invalid-value',
  },
  {
    at: 'hosts',
    when: (one) => !['rbd', 'gluster'].includes(one.protocol) && hostsOf(one).length !== 1,
    says: 'this protocol needs exactly one host',
    instead: 'list one',
    code: 'invalid-value',
  },
  {
    at: 'hosts',
    when: (one) =>
      one.protocol === 'nfs' &&
      hostsOf(one).some(({ transport = 'tcp', port }) => transport !== 'tcp' || port),
    says: 'an nfs host has a name only: no port, no other transport than tcp',
    instead: 'leave port and transport out',
  },
  {
    at: 'hosts',
    when: (one) => one.protocol === 'rbd' && hostsOf(one).some(({ transport }) => transport === 'unix'),
    says: 'rbd reaches its monitors over TCP',
    instead: 'leave transport and socket out',
  },
  {
    at: 'tls',
    when: (one) => one.tls === true && not('nbd')(one),
    says: 'tls is for nbd',
    instead: 'use https or ftps, or leave it out',
  },
  ...unwanted<NetworkStorage>(['tlsHostname'], not('nbd'), 'is for nbd'),
  ...[
    ...unwanted<NetworkStorage>(['sslVerify'], not('https', 'ftps'), 'is for https and ftps'),
    ...unwanted<NetworkStorage>(['cookies', 'query'], not(...web), 'is for http and https'),
    ...unwanted<NetworkStorage>(['readahead', 'timeout'], not(...curl), 'is for http(s) and ftp(s)'),
  ].map((rule) => ({ ...rule, isHarmless: true })),
  ...unwanted<NetworkStorage>(
    ['auth'],
    not('iscsi', 'http', 'https', 'ftp', 'ftps', 'ssh', 'rbd'),
    'is not asked by this protocol',
  ),
  {
    at: 'auth.secret',
    when: ({ auth }) => auth !== undefined && !isNamedOnce(auth.secret),
    ...namedOnce,
  },
  {
    at: 'auth.username',
    when: ({ auth }) => auth?.username === '',
    says: 'the name of the user is empty',
    instead: 'say who we are to the server',
    code: 'invalid-value',
  },
  {
    at: 'auth.type',
    when: ({ protocol, auth }) =>
      (protocol === 'iscsi' && auth?.type === 'ceph') || (protocol === 'rbd' && auth?.type === 'iscsi'),
    says: 'the secret is of another protocol',
    instead: 'use ceph for rbd, iscsi for iscsi',
  },
];

const hostRules: readonly Rule<NonNullable<NetworkStorage['hosts']>[number]>[] = [
  {
    at: 'transport',
    when: ({ transport }) => transport === 'rdma',
    says: 'QEMU has no rdma transport for disks',
    instead: 'use tcp',
    code: 'not-supported',
  },
  {
    at: 'socket',
    when: ({ transport, socket }) => transport === 'unix' && socket === undefined,
    says: 'the path of the socket is missing',
    instead: 'add socket',
    code: 'missing-field',
  },
  {
    at: 'socket',
    when: ({ transport, socket }) => transport !== 'unix' && socket !== undefined,
    says: 'only transport unix has a socket',
    instead: 'set transport: unix',
  },
  {
    at: 'name',
    when: ({ transport, name }) => transport !== 'unix' && name === undefined,
    says: 'the name of the host is missing',
    instead: 'add name',
    code: 'missing-field',
  },
];

/** Characters that would end a cookie, or begin another. */
const cookieName = /^[^\p{Cc}"(),/:;<=>?@[\\\]{} ]+$/u;
const cookieValue = /^("[^\p{Cc} ",;\\]*"|[^\p{Cc} ",;\\]*)$/u;

/** Storage on the network, of a disk or of firmware. */
export function checkNetwork(one: NetworkStorage, path: string, spec: DomainSpec, report: Report): void {
  checkRules(networkRules, one, path, spec, report);
  checkEach(hostRules, one.hosts, `${path}.hosts`, spec, report);
  for (const [name, value] of Object.entries(one.cookies ?? {}))
    if (value === '') report('missing-field', `${path}.cookies.${name}`, `the cookie ${name} has no value`);
    else if (!cookieName.test(name) || !cookieValue.test(value))
      report(
        'invalid-value',
        `${path}.cookies.${name}`,
        'a cookie has no blanks, commas, semicolons or control characters',
        'encode them',
      );
}
