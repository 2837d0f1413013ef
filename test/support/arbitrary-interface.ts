import fc from 'fast-check';
import type {
  Device,
  HostOffloads,
  Interface,
  InterfaceBackend,
  Offloads,
  Rom,
  VirtioOptions,
} from '../../src/model/domain-devices.ts';
import { type Arbitraries, absolutePath, count, line, mac, sometimes, word } from './arbitraries.ts';

export type InterfaceSourceField =
  | 'type'
  | 'bridge'
  | 'network'
  | 'portgroup'
  | 'dev'
  | 'mode'
  | 'socket'
  | 'vhostuser'
  | 'pci'
  | 'usb'
  | 'detach'
  | 'internal'
  | 'vds';

const hostInterface = fc.stringMatching(/^[a-z][a-z0-9.-]{0,14}$/);
const port = fc.integer({ min: 1, max: 65_535 });
const end = fc.record({ address: fc.constantFrom('127.0.0.1', 'example.org'), port });
const small = fc.nat(31);

/** Where a card leads follows from its type. */
export const interfaceSources: fc.Arbitrary<Pick<Interface, InterfaceSourceField>> = fc.oneof(
  fc.constantFrom<Pick<Interface, 'type'>>({ type: 'user' }, { type: 'ethernet' }, { type: 'null' }),
  fc.record({ type: fc.constant('user' as const), dev: hostInterface }),
  fc.record({ type: fc.constant('bridge' as const), bridge: hostInterface }),
  fc.record(
    { type: fc.constant('network' as const), network: line(), portgroup: word() },
    { requiredKeys: ['type', 'network'] },
  ),
  fc.record(
    {
      type: fc.constant('direct' as const),
      dev: hostInterface,
      mode: fc.constantFrom('vepa', 'bridge', 'private', 'passthrough'),
    },
    { requiredKeys: ['type', 'dev'] },
  ),
  fc.record({ type: fc.constant('vdpa' as const), dev: fc.constant('/dev/vhost-vdpa-0') }),
  fc.record({ type: fc.constantFrom('client' as const, 'mcast' as const), socket: end }),
  fc.record({ type: fc.constant('server' as const), socket: fc.record({ port }) }),
  fc.record({
    type: fc.constant('udp' as const),
    socket: fc.tuple(end, end).map(([to, local]) => ({ ...to, local })),
  }),
  fc.record({
    type: fc.constant('vhostuser' as const),
    vhostuser: fc.record(
      {
        path: absolutePath(),
        mode: fc.constantFrom('server', 'client'),
        reconnect: fc.record({ enabled: fc.boolean(), timeout: count() }),
      },
      { requiredKeys: ['path', 'mode'] },
    ),
  }),
  fc.record({ type: fc.constant('internal' as const), internal: word() }),
  fc.record({
    type: fc.constant('vds' as const),
    vds: fc.record({ switchId: fc.uuid(), portId: count(), portgroupId: word(), connectionId: count() }),
  }),
  fc.record({
    type: fc.constant('hostdev' as const),
    detach: fc.boolean(),
    pci: fc.record({ domain: fc.nat(0xffff), bus: fc.nat(255), slot: small, function: fc.nat(7) }),
  }),
  fc.record({ type: fc.constant('hostdev' as const), usb: fc.record({ bus: small, device: small }) }),
);

const offloads: Arbitraries<Offloads> = {
  csum: fc.boolean(),
  tso4: fc.boolean(),
  tso6: fc.boolean(),
  ecn: fc.boolean(),
  ufo: fc.boolean(),
};

function filled<T extends object>(fields: Arbitraries<T>): fc.Arbitrary<T> {
  return sometimes<T>(fields).filter((value) => Object.keys(value).length > 0);
}

function some<T>(one: fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> {
  return fc.array(one, { minLength: 1, maxLength: 2 });
}

const address = fc.oneof(
  fc.record(
    {
      family: fc.constant('ipv4' as const),
      address: fc.ipV4(),
      prefix: fc.integer({ min: 1, max: 32 }),
      peer: fc.ipV4(),
    },
    { requiredKeys: ['family', 'address'] },
  ),
  fc.record({
    family: fc.constant('ipv6' as const),
    address: fc.constant('2001:db8::1'),
    prefix: fc.constant(64),
  }),
);

const route = fc.record(
  {
    family: fc.constantFrom('ipv4', 'ipv6'),
    address: fc.constant('10.0.0.0'),
    netmask: fc.constant('255.0.0.0'),
    prefix: fc.integer({ min: 1, max: 32 }),
    gateway: fc.ipV4(),
    metric: count(),
  },
  { requiredKeys: ['address', 'gateway'] },
);

const range = fc.record(
  { start: port, end: port, to: port, exclude: fc.boolean() },
  { requiredKeys: ['start'] },
);

const limit = { average: count(), peak: count(), burst: count() };

/** What every card can be told. */
export function interfaceFields(
  virtio: fc.Arbitrary<VirtioOptions>,
  rom: fc.Arbitrary<Rom>,
): Arbitraries<Omit<Interface, keyof Device | InterfaceSourceField>> {
  return {
    target: hostInterface,
    managed: fc.boolean(),
    guest: filled({ dev: word(), actual: word() }),
    model: fc.constantFrom('virtio', 'e1000e', 'e1000', 'rtl8139'),
    mac: mac(),
    macType: fc.constantFrom('generated', 'static'),
    macCheck: fc.boolean(),
    mtu: fc.integer({ min: 68, max: 65_535 }),
    link: fc.constantFrom('up', 'down'),
    bootOrder: count(),
    queues: fc.integer({ min: 2, max: 64 }),
    driver: fc.constantFrom('qemu', 'vhost', 'vfio', 'kvm', 'xen'),
    rxQueueSize: count(),
    txQueueSize: count(),
    txMode: fc.constantFrom('iothread', 'timer'),
    ioeventfd: fc.boolean(),
    eventIdx: fc.boolean(),
    rss: fc.boolean(),
    rssHashReport: fc.boolean(),
    hostOffloads: filled<HostOffloads>({ ...offloads, gso: fc.boolean(), mrgRxbuf: fc.boolean() }),
    guestOffloads: filled<Offloads>(offloads),
    virtio,
    backend: filled<InterfaceBackend>({
      type: fc.constant('passt'),
      logFile: absolutePath(),
      hostLoopback: fc.boolean(),
      tap: absolutePath(),
      vhost: absolutePath(),
    }),
    ips: some(address),
    routes: some(route),
    hostIps: some(address),
    hostRoutes: some(route),
    portForwards: some(
      fc.record(
        { proto: fc.constantFrom('tcp', 'udp'), address: fc.ipV4(), dev: hostInterface, ranges: some(range) },
        { requiredKeys: ['proto'] },
      ),
    ),
    script: absolutePath(),
    downscript: absolutePath(),
    backendDomain: word(),
    virtualport: fc.oneof(
      fc.record({
        type: fc.constant('802.1Qbg' as const),
        managerId: small,
        typeId: count(),
        typeIdVersion: small,
        instanceId: fc.uuid(),
      }),
      fc.record({ type: fc.constant('openvswitch' as const), interfaceId: fc.uuid(), profileId: word() }),
    ),
    vlan: fc.oneof(
      fc.record({ tags: fc.tuple(fc.record({ id: fc.nat(4095) })) }),
      fc.record({
        trunk: fc.constant(true),
        tags: fc.array(
          fc.record(
            { id: fc.nat(4095), nativeMode: fc.constantFrom('tagged' as const, 'untagged' as const) },
            { requiredKeys: ['id'] },
          ),
          { minLength: 1, maxLength: 3 },
        ),
      }),
    ),
    bandwidth: filled({ inbound: filled({ ...limit, floor: count() }), outbound: filled(limit) }),
    filter: fc.record(
      { filter: line(), parameters: fc.tuple(fc.record({ name: fc.constant('IP'), value: line() })) },
      { requiredKeys: ['filter'] },
    ),
    isolated: fc.boolean(),
    trustGuestRxFilters: fc.boolean(),
    sndbuf: fc.nat(2 ** 31),
    rxFrames: count(),
    teaming: fc.constantFrom({ type: 'persistent' }, { type: 'transient', persistent: 'ua-one' }),
    rom,
  };
}
