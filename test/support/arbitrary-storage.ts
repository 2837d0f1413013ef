import fc from 'fast-check';
import type {
  Encryption,
  NetworkHost,
  NetworkStorage,
  NvmeStorage,
  SecretReference,
  SourceLabel,
  StorageAuth,
  StorageSource,
  VhostUserStorage,
} from '../../src/model/domain-devices.ts';
import { type Arbitraries, absolutePath, line, resourceName, sometimes, uuid, word } from './arbitraries.ts';

const secret: fc.Arbitrary<SecretReference> = fc.oneof(
  line().map((usage) => ({ usage })),
  uuid().map((id) => ({ uuid: id })),
);

export const storageAuth = sometimes<StorageAuth>(
  { username: word(), type: fc.constantFrom('ceph', 'iscsi'), secret },
  ['username', 'type', 'secret'],
);

export const sourceLabels = fc.constantFrom<readonly SourceLabel[]>(
  [{ model: 'dac', relabel: false }],
  [{ model: 'selinux', label: 'a:b:c' }],
);

export const networkStorage = sometimes<NetworkStorage>(
  {
    protocol: fc.constantFrom(
      'nbd',
      'rbd',
      'iscsi',
      'http',
      'https',
      'ftp',
      'ftps',
      'ssh',
      'gluster',
      'nfs',
      'sheepdog',
    ),
    name: line(),
    query: line(),
    hosts: fc.array(
      sometimes<NetworkHost>({
        name: word(),
        port: fc.integer({ min: 1, max: 65_535 }),
        transport: fc.constantFrom('tcp', 'unix', 'rdma'),
        socket: absolutePath(),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    tls: fc.boolean(),
    tlsHostname: word(),
    sslVerify: fc.boolean(),
    auth: storageAuth,
    snapshot: word(),
    config: absolutePath(),
    initiator: word(),
    cookies: fc.constantFrom({ a: 'b' }, { a: '1', b: '2' }),
    readahead: fc.nat(2 ** 31),
    timeout: fc.nat(1000),
    reconnectDelay: fc.nat(1000),
    user: word(),
    group: word(),
  },
  ['protocol'],
);

const nvme = sometimes<NvmeStorage>(
  {
    managed: fc.boolean(),
    namespace: fc.nat(9),
    domain: fc.nat(0xffff),
    bus: fc.nat(255),
    slot: fc.nat(31),
    function: fc.nat(7),
  },
  ['namespace'],
);

const vhostuser = sometimes<VhostUserStorage>(
  { path: absolutePath(), reconnect: fc.constantFrom({ enabled: true, timeout: 3 }, { enabled: false }) },
  ['path'],
);

const place = fc.oneof(
  fc.record({ type: fc.constant('file' as const), file: absolutePath() }),
  fc.constant({ type: 'file' as const }),
  fc.record({ type: fc.constant('block' as const), block: absolutePath() }),
  fc.record({ type: fc.constant('dir' as const), dir: absolutePath() }),
  fc.record({
    type: fc.constant('volume' as const),
    volume: resourceName(),
    pool: word(),
    volumeMode: fc.constantFrom('host' as const, 'direct' as const),
  }),
  fc.record({ type: fc.constant('network' as const), network: networkStorage }),
  fc.record({ type: fc.constant('nvme' as const), nvme }),
  fc.record({ type: fc.constant('vhostuser' as const), vhostuser }),
);

type Extras = Pick<StorageSource, 'encryption' | 'reservations' | 'slice' | 'labels'>;
const extras: Arbitraries<Extras> = {
  encryption: sometimes<Encryption>(
    {
      format: fc.constantFrom('luks', 'luks2'),
      engine: fc.constantFrom('qemu', 'librbd'),
      secret,
    },
    ['format', 'secret'],
  ),
  reservations: fc.constantFrom({ managed: true }, { managed: false, path: '/run/pr.sock' }),
  slice: fc.record({ offset: fc.nat(9999), size: fc.nat(9999) }),
  labels: sourceLabels,
};

/** A source whose type is the one that is given: XML can say nothing else. */
export const storageSource: fc.Arbitrary<StorageSource> = fc
  .tuple(place, sometimes<Extras>(extras))
  .map(([where, more]) => ({ ...where, ...more }));
