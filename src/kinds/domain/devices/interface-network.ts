import type {
  Bandwidth,
  FilterParameter,
  FilterReference,
  InboundLimit,
  Interface,
  NetworkAddress,
  NetworkRoute,
  PortForward,
  PortRange,
  TrafficLimit,
  VirtualPort,
  Vlan,
  VlanTag,
} from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { elementCodec } from '../../shape/element-codec.ts';
import { required, type Shape } from '../../shape/field.ts';
import { integer } from '../../shape/integer.ts';
import { list } from '../../shape/list.ts';
import { object } from '../../shape/object.ts';
import { yesNo } from '../../shape/on-off.ts';
import { text } from '../../shape/text.ts';

const anAddress = { maxLength: 64, pattern: '^[0-9a-fA-F.:]+$', expected: 'an IPv4 or IPv6 address' };

const address = elementCodec<NetworkAddress>(
  'ip',
  {
    address: required(text('@address', 'IPv4 or IPv6 address.', anAddress)),
    family: choice('@family', ['ipv4', 'ipv6'], 'Default: ipv4.'),
    prefix: integer('@prefix', 'Bits of the network.', { maximum: 128 }),
    peer: text('@peer', 'ethernet: address at the other end.', anAddress),
  },
  {
    normalize: ({ family = 'ipv4', prefix = 0, ...rest }) =>
      prefix === 0 ? { family, ...rest } : { family, ...rest, prefix },
    abbreviate: ({ family, ...rest }) => (family === 'ipv6' ? { family, ...rest } : rest),
    order: '@address @family @prefix @peer',
  },
);

const route = elementCodec<NetworkRoute>('route', {
  family: choice('@family', ['ipv4', 'ipv6'], 'Default: ipv4.'),
  address: required(text('@address', 'Network that it leads to.', anAddress)),
  netmask: text('@netmask', 'Mask of the network, instead of prefix.', anAddress),
  prefix: integer('@prefix', 'Bits of the network.', { maximum: 128 }),
  gateway: required(text('@gateway', 'Address that knows the way.', anAddress)),
  metric: integer('@metric', 'Lower ones go first, from 1.', { minimum: 1 }),
});

const port = { minimum: 1, maximum: 65_535 };
const range = elementCodec<PortRange>('range', {
  start: required(integer('@start', 'First port of the host.', port)),
  end: integer('@end', 'Last port of the host. Default: start.', port),
  to: integer('@to', 'First port of the guest. Default: start.', port),
  exclude: yesNo('@exclude', 'These are left out. Default: false.'),
});

const portForward = elementCodec<PortForward>('portForward', {
  proto: required(choice('@proto', ['tcp', 'udp'], 'Protocol.')),
  address: text('@address', 'Address of the host. Default: all.', anAddress),
  dev: text('@dev', 'Interface of the host. Default: all.', { maxLength: 15 }),
  ranges: list('range', range, 'Ports. Default: all.'),
});

const uuid = { pattern: '^[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}$', expected: 'a uuid' };

const virtualport = elementCodec<VirtualPort>('virtualport', {
  type: choice(
    '@type',
    ['802.1Qbg', '802.1Qbh', 'openvswitch', 'midonet'],
    'Sort of switch. A network may know it.',
  ),
  managerId: integer('parameters@managerid', '802.1Qbg: the database of VSI types.', { maximum: 255 }),
  typeId: integer('parameters@typeid', '802.1Qbg: VSI type.', { maximum: 0xff_ffff }),
  typeIdVersion: integer('parameters@typeidversion', '802.1Qbg: its version.', { maximum: 255 }),
  instanceId: text('parameters@instanceid', '802.1Qbg: VSI instance. Default: assigned once.', uuid),
  interfaceId: text(
    'parameters@interfaceid',
    'openvswitch, midonet: the port. Default: assigned once.',
    uuid,
  ),
  profileId: text('parameters@profileid', '802.1Qbh, openvswitch: name of a profile.', { maxLength: 39 }),
});

const tag = elementCodec<VlanTag>('tag', {
  id: required(integer('@id', 'Number of the VLAN.', { maximum: 4095 })),
  nativeMode: choice('@nativeMode', ['tagged', 'untagged'], 'The VLAN of packets without a tag.'),
});

const vlan = elementCodec<Vlan>(
  'vlan',
  {
    trunk: yesNo('@trunk', 'Several VLANs on one card. Default: true when there are several tags.'),
    tags: required(list('tag', tag, 'VLANs.')),
  },
  {
    // One tag on a trunk that is none is only a tag.
    normalize: ({ trunk, tags }) => {
      const isTrunk = tags.length > 1 || tags.some(({ nativeMode }) => nativeMode !== undefined);
      if (trunk === false && isTrunk) return { trunk, tags };
      return trunk === true || tags.length > 1 ? { trunk: true, tags } : { tags };
    },
  },
);

const kib = { maximum: 0xffff_ffff };
const limit: Shape<TrafficLimit> = {
  average: integer('@average', 'KiB a second.', kib),
  peak: integer('@peak', 'KiB a second at most.', kib),
  burst: integer('@burst', 'KiB that may go at the peak.', kib),
};
const outbound = elementCodec<TrafficLimit>('outbound', limit);
const inbound = elementCodec<InboundLimit>(
  'inbound',
  { ...limit, floor: integer('@floor', 'KiB a second that it gets in any case; network only.', kib) },
  { order: '@average @peak @floor @burst' },
);

const bandwidth = elementCodec<Bandwidth>('bandwidth', {
  inbound: object('inbound', inbound, 'What comes to the guest.'),
  outbound: object('outbound', outbound, 'What leaves the guest.'),
});

const parameter = elementCodec<FilterParameter>('parameter', {
  name: required(
    text('@name', 'Name.', { pattern: '^[A-Za-z0-9_]{1,64}$', expected: 'a name of letters, digits and _' }),
  ),
  value: required(text('@value', 'Value.', { maxLength: 1024 })),
});

const filter = elementCodec<FilterReference>(
  'filterref',
  {
    filter: required(text('@filter', 'Name of the filter.', { maxLength: 255 })),
    parameters: list('parameter', parameter, 'Its variables; a name may come several times.'),
  },
  {
    normalize: ({ filter, parameters }) =>
      parameters === undefined
        ? { filter }
        : {
            filter,
            parameters: parameters.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
          },
  },
);

type NetworkField =
  | 'ips'
  | 'routes'
  | 'hostIps'
  | 'hostRoutes'
  | 'portForwards'
  | 'virtualport'
  | 'vlan'
  | 'bandwidth'
  | 'filter';

/** What is said about the network behind a card. */
export const interfaceNetworkShape: Shape<Pick<Interface, NetworkField>> = {
  hostIps: list('source/ip', address, "ethernet: addresses of the host's side."),
  hostRoutes: list('source/route', route, "ethernet: routes of the host's side."),
  vlan: object('vlan', vlan, 'VLANs of the card.'),
  virtualport: object('virtualport', virtualport, 'What the switch is told of the port.'),
  bandwidth: object('bandwidth', bandwidth, 'Limits of traffic.'),
  ips: list('ip', address, "user: the guest's network, one IPv4 and one IPv6."),
  routes: list('route', route, 'Routes of the guest; QEMU cannot give any.'),
  portForwards: list('portForward', portForward, 'user with passt: ports that lead to the guest.'),
  filter: object('filterref', filter, "A filter of the host for the card's packets."),
};
