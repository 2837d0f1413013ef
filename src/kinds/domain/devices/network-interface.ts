import type { Interface } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { integer } from '../../shape/integer.ts';
import { onOff, yesNo } from '../../shape/on-off.ts';
import { path, text } from '../../shape/text.ts';
import type { DeviceClass } from './contract.ts';
import { deviceCodec, deviceFields } from './device-fields.ts';
import { virtioField } from './virtio-options.ts';

const interfaceName = {
  pattern: '^[^\\s/:%]{1,15}$',
  expected: 'the name of a network interface, at most 15 characters',
};

function impliedType(device: Partial<Interface>): 'user' | 'bridge' {
  return device.bridge === undefined ? 'user' : 'bridge';
}

const codec = deviceCodec<Interface>(
  'interface',
  {
    ...deviceFields,
    type: choice(
      '@type',
      ['user', 'bridge', 'ethernet'],
      'How it reaches a network. Default: bridge with `bridge`, else user.',
      {
        later: [
          'network',
          'direct',
          'hostdev',
          'vhostuser',
          'vdpa',
          'udp',
          'mcast',
          'server',
          'client',
          'internal',
          'vds',
          'null',
        ],
      },
    ),
    mac: text('mac@address', 'MAC address. Default: 52:54:00 and a hash of uuid and name.', {
      pattern: '^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$',
      expected: 'a MAC address like 52:54:00:12:34:56',
      canonical: (mac) => mac.toLowerCase(),
    }),
    bridge: text('source@bridge', 'Bridge of the host.', interfaceName),
    target: text('target@dev', 'Tap device of the host. Default: assigned at each start.', interfaceName),
    managed: yesNo('target@managed', 'False: the tap device exists already and stays. Default: true.'),
    model: text('model@type', 'Network card: virtio, e1000e, e1000, rtl8139, … Default: virtio.', {
      pattern: '^[A-Za-z0-9._-]{1,64}$',
      expected: 'a model like virtio or e1000e',
    }),
    driver: choice(
      'driver@name',
      ['qemu', 'vhost'],
      'virtio: who moves the packets. Default: vhost where it can be.',
      {
        later: ['vfio', 'kvm', 'xen'],
      },
    ),
    queues: integer('driver@queues', 'virtio: number of queue pairs. Default: 1.', {
      minimum: 1,
      maximum: 256,
    }),
    rxQueueSize: integer('driver@rx_queue_size', 'virtio: entries of the receive queue. Default: 256.', {
      minimum: 1,
    }),
    txQueueSize: integer('driver@tx_queue_size', 'virtio: entries of the transmit queue. Default: 256.', {
      minimum: 1,
    }),
    virtio: virtioField,
    link: choice('link@state', ['up', 'down'], 'Whether the cable is in. Default: up.'),
    mtu: integer('mtu@size', 'Bytes. Default: as the host.', { minimum: 68, maximum: 65_535 }),
    bootOrder: integer('boot@order', 'Place in the boot order, from 1.', { minimum: 1 }),
    romBar: onOff('rom@bar', 'The guest sees the boot ROM. Default: true.'),
    romFile: path('rom@file', 'Boot ROM. Default: as QEMU.'),
  },
  {
    order: 'mac source target model driver link mtu',
    later:
      '@trustGuestRxFilters mac@type mac@check actual virtualport ip route script downscript backend backenddomain filterref ' +
      'tune bandwidth coalesce vlan port portForward guest teaming portOptions rom@enabled source@network source@portgroup ' +
      'source@dev source@mode source/ip source/route source/address source/local driver/host driver/guest driver@txmode ' +
      'driver@ioeventfd driver@event_idx driver@rss driver@rss_hash_report',
    normalize: (device) => (device.type === undefined ? { ...device, type: impliedType(device) } : device),
    abbreviate: ({ type, ...device }) =>
      type === undefined || (type === 'bridge' && type === impliedType(device))
        ? device
        : { ...device, type },
  },
);

export const networkInterface: DeviceClass<Interface> = {
  element: 'interface',
  about: 'Network interfaces.',
  codec,
};
