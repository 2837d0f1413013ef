import type {
  DistributedSwitch,
  HostPci,
  HostUsb,
  Interface,
  InterfaceType,
  NetworkSocket,
  NetworkSocketEnd,
  VhostUserSocket,
} from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { type ElementCodec, elementCodec } from '../../shape/element-codec.ts';
import { type Field, required, type Shape } from '../../shape/field.ts';
import { integer } from '../../shape/integer.ts';
import { parseLocation } from '../../shape/location.ts';
import { object } from '../../shape/object.ts';
import { yesNo } from '../../shape/on-off.ts';
import { path, text } from '../../shape/text.ts';
import { reconnectCodec } from './character-source.ts';
import { hostPci } from './hostdev.ts';

type SourceField =
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

/** The types of interface that each field of `<source>` belongs to. */
export const sourceFieldTypes: Readonly<Record<SourceField, readonly InterfaceType[]>> = {
  bridge: ['bridge'],
  network: ['network'],
  portgroup: ['network'],
  dev: ['direct', 'vdpa', 'user'],
  mode: ['direct'],
  socket: ['server', 'client', 'mcast', 'udp'],
  vhostuser: ['vhostuser'],
  pci: ['hostdev'],
  usb: ['hostdev'],
  detach: ['hostdev'],
  internal: ['internal'],
  vds: ['vds'],
};

/** The name of a network interface of Linux. */
export const interfaceName = {
  pattern: '^[^\\s/:%]{1,15}$',
  expected: 'the name of a network interface, at most 15 characters',
};

const host = { maxLength: 255, pattern: '^[^\\s,\\p{Cc}]*$', expected: 'an address or the name of a host' };

// `<source>` may hold addresses of the host as well: its parts are `inline`.
const end = {
  address: text('@address', 'Address. Default: any of this host.', host),
  port: required(integer('@port', 'Port.', { maximum: 65_535 })),
};

const localEnd = elementCodec<NetworkSocketEnd>('local', end, { xmlNeeds: '@address' });

const socket = elementCodec<NetworkSocket>(
  'source',
  { ...end, local: object('local', localEnd, 'udp: where it listens.') },
  { inline: true },
);

const vhostuser = elementCodec<VhostUserSocket>(
  'source',
  {
    path: required(path('@path', 'Socket of the switch.')),
    mode: required(choice('@mode', ['server', 'client'], 'Who listens: QEMU or the switch.')),
    reconnect: object('reconnect', reconnectCodec, 'client: when the connection is lost.'),
  },
  { inline: true, fixed: { '@type': 'unix' }, xmlNeeds: '@type' },
);

const usb = elementCodec<Pick<HostUsb, 'bus' | 'device'>>(
  'source',
  {
    bus: integer('address@bus', 'Bus of the host.'),
    device: integer('address@device', 'Number on the bus.'),
  },
  { inline: true, fixed: { 'address@type': 'usb' } },
);

const uuid = { pattern: '^[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}$', expected: 'a uuid' };

const vds = elementCodec<DistributedSwitch>(
  'source',
  {
    switchId: required(text('@switchid', 'The switch.', uuid)),
    portId: integer('@portid', 'Its port.'),
    portgroupId: text('@portgroupid', 'Group of its ports.', { maxLength: 255 }),
    connectionId: integer('@connectionid', 'Connection.'),
  },
  { inline: true },
);

/** `<source>` means something else for each type: a field is read for its own. */
function ofType<T>(name: SourceField, field: Field<T>): Field<T> {
  const types: readonly string[] = sourceFieldTypes[name];
  return {
    ...field,
    fromXml: (cursor, at) =>
      types.includes(cursor.attribute('type')?.value ?? 'user') ? field.fromXml(cursor, at) : undefined,
  };
}

/** A device of the host is told apart by the type of its address, which libvirt insists on. */
function hostAddress<T>(type: 'pci' | 'usb', codec: ElementCodec<T>, about: string): Field<T> {
  const field = ofType(type, object('source', codec, about));
  return {
    ...field,
    fromXml: (cursor, at) =>
      cursor.value(parseLocation('source/address@type'))?.text === type
        ? field.fromXml(cursor, at)
        : undefined,
    toXml: (value, builder) => {
      field.toXml(value, builder);
      const address = builder.descend(parseLocation('source/address').steps);
      if (!address.hasAttribute('type')) address.leadingAttribute('type', type);
    },
  };
}

/** Where a card leads, by type. */
export const interfaceSourceShape: Shape<Pick<Interface, SourceField>> = {
  bridge: ofType('bridge', text('source@bridge', 'Bridge of the host.', interfaceName)),
  network: ofType('network', text('source@network', 'Name of a network of this host.', { maxLength: 255 })),
  portgroup: ofType('network', text('source@portgroup', 'Group of its ports.', { maxLength: 255 })),
  dev: ofType(
    'dev',
    text(
      'source@dev',
      'direct: interface of the host; vdpa: its device node; user with passt: interface whose addresses the guest gets.',
      { maxLength: 255, pattern: '^[^\\s,\\p{Cc}]+$', expected: 'the name of an interface, or a path' },
    ),
  ),
  mode: ofType(
    'mode',
    choice(
      'source@mode',
      ['vepa', 'bridge', 'private', 'passthrough'],
      'direct: whether cards on one interface reach each other. Default: vepa.',
    ),
  ),
  socket: ofType('socket', object('source', socket, 'server, client, mcast, udp: the wire between QEMUs.')),
  vhostuser: ofType(
    'vhostuser',
    object('source', vhostuser, 'vhostuser: the socket of a switch that is a process.'),
  ),
  pci: hostAddress<HostPci>('pci', hostPci({ inline: true }), 'hostdev: which device of the host.'),
  usb: hostAddress('usb', usb, 'hostdev: which USB device of the host.'),
  detach: ofType(
    'detach',
    yesNo(
      '@managed',
      'hostdev: kept for libvirt. Nobody changes its driver: vfio-pci must hold it before a start. Default: false.',
    ),
  ),
  internal: ofType(
    'internal',
    text('source@name', 'internal: name of the network; QEMU gives user mode.', { maxLength: 255 }),
  ),
  vds: ofType('vds', object('source', vds, 'vds: port of a distributed switch. QEMU has none.')),
};
