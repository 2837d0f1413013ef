import type {
  GuestName,
  HostOffloads,
  Interface,
  InterfaceBackend,
  Offloads,
} from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { elementCodec } from '../../shape/element-codec.ts';
import type { Field, Shape } from '../../shape/field.ts';
import { integer } from '../../shape/integer.ts';
import { parseLocation, xmlName } from '../../shape/location.ts';
import { object } from '../../shape/object.ts';
import { onOff, yesNo } from '../../shape/on-off.ts';
import { path, text } from '../../shape/text.ts';
import type { DeviceClass } from './contract.ts';
import { bootOrderField, deviceCodec, deviceFields } from './device-fields.ts';
import { teamingField } from './hostdev.ts';
import { interfaceNetworkShape } from './interface-network.ts';
import { interfaceName, interfaceSourceShape } from './interface-source.ts';
import { romField } from './rom.ts';
import { virtioField } from './virtio-options.ts';

const guest = elementCodec<GuestName>('guest', {
  dev: text('@dev', 'Name in the guest; kept, and told to nobody.', { maxLength: 255 }),
  actual: text('@actual', 'Name that it got.', { maxLength: 255 }),
});

const offload: Shape<Offloads> = {
  csum: onOff('@csum', 'Checksums. Default: true.'),
  tso4: onOff('@tso4', 'TCP segments, IPv4. Default: true.'),
  tso6: onOff('@tso6', 'TCP segments, IPv6. Default: true.'),
  ecn: onOff('@ecn', 'TCP congestion notices. Default: true.'),
  ufo: onOff('@ufo', 'UDP fragments. Default: true.'),
};
const { csum, ...fragments } = offload;
const hostOffloads = elementCodec<HostOffloads>('host', {
  csum,
  gso: onOff('@gso', 'Generic segments. Default: true.'),
  ...fragments,
  mrgRxbuf: onOff('@mrg_rxbuf', 'One packet in several buffers. Default: true.'),
});
const guestOffloads = elementCodec<Offloads>('guest', offload);

const backend = elementCodec<InterfaceBackend>('backend', {
  type: choice('@type', ['passt'], "user: passt instead of QEMU's own."),
  tap: path('@tap', 'Device node in the place of /dev/net/tun.'),
  vhost: path('@vhost', 'Device node in the place of /dev/vhost-net.'),
  logFile: path('@logFile', 'passt: its log.'),
  hostLoopback: yesNo(
    'q:host@loopback',
    "passt: the guest reaches what listens on the host's loopback, by the address of its gateway. Default: true, as without passt; false is for guests that are not trusted.",
  ),
});

function impliedType(device: Partial<Interface>): 'user' | 'bridge' | 'network' {
  if (device.bridge !== undefined) return 'bridge';
  return device.network === undefined ? 'user' : 'network';
}

/** The least that is worth saying: zero is libvirt's word for none, and one queue is what every card has. */
const least = { queues: 2, rxQueueSize: 1, txQueueSize: 1, rxFrames: 1 } as const;

function normalize(device: Interface): Interface {
  const given: Record<string, unknown> = { ...device };
  for (const [field, count] of Object.entries(least))
    if ((device[field as keyof typeof least] ?? count) < count) delete given[field];
  return { ...(given as Interface), type: device.type ?? impliedType(device) };
}

const tap = text('target@dev', 'Tap device of the host. Default: assigned at each start.', interfaceName);

/** Names that libvirt makes up at a start mean nothing to the next: it drops them too, unless the tap is another's. */
const target: Field<string> = {
  ...tap,
  fromXml: (cursor, at) => {
    const said = (place: string) => cursor.value(parseLocation(place))?.text ?? '';
    const isMadeUp = /^(vnet|macvtap|macvlan)/.test(said('target@dev')) && said('target@managed') !== 'no';
    return isMadeUp ? undefined : tap.fromXml(cursor, at);
  },
};

const codec = deviceCodec<Interface>(
  'interface',
  {
    ...deviceFields,
    type: choice(
      '@type',
      [
        'user',
        'bridge',
        'ethernet',
        'network',
        'direct',
        'hostdev',
        'vhostuser',
        'vdpa',
        'server',
        'client',
        'mcast',
        'udp',
        'internal',
        'null',
        'vds',
      ],
      'How it reaches a network. Default: bridge with `bridge`, network with `network`, else user.',
    ),
    trustGuestRxFilters: yesNo(
      '@trustGuestRxFilters',
      'direct: the guest may set its own MAC address and filters. Default: false.',
    ),
    mac: text('mac@address', 'MAC address. Default: 52:54:00 and a hash of uuid and name.', {
      pattern: '^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$',
      expected: 'a MAC address like 52:54:00:12:34:56',
      canonical: (mac) => mac.toLowerCase(),
    }),
    macType: choice('mac@type', ['generated', 'static'], 'A word of ESX: kept.'),
    macCheck: yesNo('mac@check', 'A word of ESX: kept.'),
    ...interfaceSourceShape,
    ...interfaceNetworkShape,
    isolated: yesNo('port@isolated', 'bridge, network: cards that are isolated do not reach each other.'),
    script: path(
      'script@path',
      'ethernet: a program of the host that is run with the name of the tap at start.',
    ),
    downscript: path('downscript@path', 'ethernet: a program of the host that is run at the end.'),
    backendDomain: text('backenddomain@name', 'A word of Xen: kept.', { maxLength: 255 }),
    target,
    managed: yesNo('target@managed', 'False: the tap device exists already and stays. Default: true.'),
    guest: object('guest', guest, 'Name of the card in a container.'),
    model: text('model@type', 'Network card: virtio, e1000e, e1000, rtl8139, … Default: virtio.', {
      pattern: '^[A-Za-z0-9._-]{1,64}$',
      expected: 'a model like virtio or e1000e',
    }),
    driver: choice(
      'driver@name',
      ['qemu', 'vhost', 'vfio', 'kvm', 'xen'],
      'virtio: who moves the packets, qemu or vhost. Default: vhost where it can be. hostdev: vfio.',
    ),
    txMode: choice('driver@txmode', ['iothread', 'timer'], 'virtio: when packets leave. Default: as QEMU.'),
    ioeventfd: onOff('driver@ioeventfd', 'virtio: handle I/O outside of the vCPU threads. Default: true.'),
    eventIdx: onOff('driver@event_idx', 'virtio: fewer interrupts. Default: true.'),
    queues: integer('driver@queues', 'virtio: number of queue pairs. Default: 1.', { maximum: 256 }),
    rxQueueSize: integer('driver@rx_queue_size', 'virtio: entries of the receive queue. Default: 256.', {
      maximum: 65_536,
    }),
    txQueueSize: integer('driver@tx_queue_size', 'virtio: entries of the transmit queue. Default: 256.', {
      maximum: 65_536,
    }),
    rss: onOff('driver@rss', 'virtio: spread packets over queues by a hash.'),
    rssHashReport: onOff('driver@rss_hash_report', 'virtio: tell the guest that hash.'),
    virtio: virtioField,
    hostOffloads: object('driver/host', hostOffloads, 'virtio: work that the guest may leave to the host.'),
    guestOffloads: object(
      'driver/guest',
      guestOffloads,
      'virtio: work that the host may leave to the guest.',
    ),
    backend: object('backend', backend, 'What stands behind the card on the host.'),
    sndbuf: integer('tune/sndbuf', 'Bytes that the tap holds before the guest waits. Default: no limit.', {
      maximum: 0xffff_ffff,
    }),
    teaming: teamingField,
    link: choice('link@state', ['up', 'down'], 'Whether the cable is in. Default: up.'),
    mtu: integer('mtu@size', 'Bytes. Default: as the host.', { maximum: 65_535 }),
    rxFrames: integer('coalesce/rx/frames@max', 'Packets that the host gathers for one interrupt.', {
      maximum: 0xffff_ffff,
    }),
    bootOrder: bootOrderField,
    rom: romField,
  },
  {
    order:
      'mac source vlan virtualport bandwidth port ip route portForward script downscript backenddomain target guest model ' +
      'driver backend filterref tune teaming link mtu coalesce ' +
      'driver@name driver@txmode driver@ioeventfd driver@event_idx driver@queues driver@rx_queue_size driver@tx_queue_size ' +
      'driver@rss driver@rss_hash_report driver@iommu driver@ats driver@packed driver@page_per_vq',
    later: 'boot@loadparm source@fdgroup backend@hostname backend@fqdn',
    // What a running card has become is no configuration.
    reads: (cursor) => {
      cursor.child(xmlName('actual'))?.ignore();
      if (cursor.attribute('type')?.value !== 'network') return;
      for (const name of ['bridge', 'portid']) cursor.child(xmlName('source'))?.attribute(name);
    },
    normalize,
    abbreviate: ({ type, ...device }) =>
      type === undefined || ((type === 'bridge' || type === 'network') && type === impliedType(device))
        ? device
        : { ...device, type },
  },
);

export const networkInterface: DeviceClass<Interface> = {
  element: 'interface',
  about: 'Network interfaces.',
  codec,
};
