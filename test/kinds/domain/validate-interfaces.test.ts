import { describe, expect, test } from 'vitest';
import { validateDomain } from '../../../src/kinds/domain/validate.ts';
import type { DomainDevices, Hostdev, Interface } from '../../../src/model/domain-devices.ts';

function found(devices: DomainDevices): readonly string[] {
  const def = { kind: 'Domain', metadata: { name: 'a' }, spec: { memory: 2 ** 28, devices } } as const;
  const problems = validateDomain(def);
  const errors = problems.filter(({ severity }) => severity !== 'warning');
  return (errors.length > 0 ? errors : problems).map(({ severity, code, path }) => {
    const place = path.replace(/^spec\.devices\.(interfaces|hostdevs)\[0\]\.?/, '');
    return `${severity === 'warning' ? '~' : ''}${code} ${place}`;
  });
}

const socket = { address: '192.0.2.1', port: 5558 };
const pci = { domain: 0, bus: 3, slot: 7, function: 1 };
const switchSocket = { path: '/run/s.sock', mode: 'server' } as const;

const cards: readonly [string, Interface, string][] = [
  ['a network without a name', { type: 'network' }, 'missing-field network'],
  ['a macvtap on nothing', { type: 'direct' }, 'missing-field dev'],
  ['a wire without a port', { type: 'client' }, 'missing-field socket'],
  ['a wire to nowhere', { type: 'mcast', socket: { port: 1 } }, 'missing-field socket.address'],
  ['udp without an end here', { type: 'udp', socket }, 'missing-field socket.local'],
  ['a card of the host that is not named', { type: 'hostdev' }, 'missing-field pci'],
  ['a type of VMware', { type: 'null' }, 'not-supported type'],
  ['a bridge on a wire', { type: 'server', socket, bridge: 'br0' }, 'conflicting-options bridge'],
  [
    'a switch for e1000',
    { type: 'vhostuser', vhostuser: switchSocket, model: 'e1000' },
    'conflicting-options model',
  ],
  [
    'a listener that connects again',
    {
      type: 'vhostuser',
      vhostuser: { ...switchSocket, reconnect: { enabled: true, timeout: 5 } },
      model: 'virtio',
    },
    'conflicting-options vhostuser.reconnect',
  ],
  ['a driver of another type', { type: 'user', driver: 'vfio' }, 'conflicting-options driver'],
  ['a driver that is gone', { type: 'hostdev', pci, driver: 'kvm' }, 'not-supported driver'],
  ['queues in user mode', { type: 'user', model: 'virtio', queues: 4 }, 'conflicting-options queues'],
  [
    'a script for a bridge',
    { type: 'bridge', bridge: 'br0', script: '/etc/up' },
    'conflicting-options script',
  ],
  ['an MTU in user mode', { type: 'user', mtu: 1400 }, 'conflicting-options mtu'],
  [
    'two networks',
    { type: 'user', ips: [{ address: '10.0.0.0' }, { address: '10.1.0.0' }] },
    'conflicting-options ips[1]',
  ],
  [
    'a network of IPv6 that is not 64',
    { ips: [{ address: '2001:db8::', family: 'ipv6', prefix: 96 }] },
    'invalid-value ips[0].prefix',
  ],
  ['an address that is none', { ips: [{ address: '10.0.0.256' }] }, 'invalid-value ips[0].address'],
  [
    'an address for a guest on a bridge',
    { type: 'bridge', bridge: 'br0', ips: [{ address: '10.0.0.1' }] },
    'conflicting-options ips',
  ],
  [
    'an address for a bridge',
    { type: 'bridge', bridge: 'br0', hostIps: [{ address: '10.0.0.1' }] },
    'conflicting-options hostIps',
  ],
  [
    'a route to a host that says it is a network',
    { type: 'ethernet', hostRoutes: [{ address: '10.0.0.1', prefix: 8, gateway: '192.0.2.1' }] },
    'invalid-value hostRoutes[0].address',
  ],
  [
    'a mask with a hole',
    { type: 'ethernet', hostRoutes: [{ address: '10.0.0.0', netmask: '255.0.255.0', gateway: '192.0.2.1' }] },
    'invalid-value hostRoutes[0].netmask',
  ],
  [
    'a port of a switch in user mode',
    { virtualport: { type: 'openvswitch' } },
    'conflicting-options virtualport',
  ],
  [
    'a VLAN that nobody tags',
    { type: 'bridge', bridge: 'br0', vlan: { tags: [{ id: 1 }] } },
    'conflicting-options vlan',
  ],
  [
    'a floor on a bridge',
    { type: 'bridge', bridge: 'br0', bandwidth: { inbound: { floor: 1 } } },
    'conflicting-options bandwidth.inbound.floor',
  ],
  ['an isolated macvtap', { type: 'direct', dev: 'eth0', isolated: true }, 'conflicting-options isolated'],
  [
    'a team that e1000 stays in',
    { model: 'e1000', teaming: { type: 'persistent' } },
    'conflicting-options teaming.type',
  ],
  [
    'a team without the other one',
    { type: 'hostdev', pci, teaming: { type: 'transient' } },
    'missing-field teaming.persistent',
  ],
  [
    'a ROM that is off and has a file',
    { rom: { enabled: false, file: '/srv/x' } },
    'conflicting-options rom.file',
  ],
  [
    'a tap of ours for a switch',
    { type: 'vhostuser', vhostuser: switchSocket, model: 'virtio', backend: { tap: '/dev/x' } },
    'conflicting-options backend.tap',
  ],
  [
    'passt on a bridge',
    { type: 'bridge', bridge: 'br0', backend: { type: 'passt' } },
    'conflicting-options backend.type',
  ],
  [
    "a loopback that QEMU's own network cannot close",
    { type: 'user', backend: { hostLoopback: false } },
    'conflicting-options backend.hostLoopback',
  ],
  ['ports that nobody forwards', { portForwards: [{ proto: 'tcp' }] }, '~conflicting-options portForwards'],
  [
    'a filter, which is kept and does nothing yet',
    { type: 'bridge', bridge: 'br0', filter: { filter: 'clean-traffic' } },
    '~not-supported filter',
  ],
];

const mdev = { uuid: '53764d0e-85a0-42b4-af5c-2046b460b1dc' };

const hostdevs: readonly [string, Hostdev, string][] = [
  ['a mediated device without a model', { type: 'mdev', mdev }, 'missing-field model'],
  [
    'a screen that nobody sees',
    { type: 'mdev', mdev, model: 'vfio-pci', display: true },
    'conflicting-options display',
  ],
  [
    'booting from a mediated device',
    { type: 'mdev', mdev, model: 'vfio-pci', bootOrder: 1 },
    'conflicting-options bootOrder',
  ],
  ['a vendor alone', { type: 'usb', usb: { vendor: 1 } }, 'missing-field usb.product'],
  [
    'a USB device on PCI',
    { type: 'usb', usb: { bus: 1, device: 1 }, address: { type: 'pci' } },
    'conflicting-options address',
  ],
  [
    'a ROM on USB',
    { type: 'usb', usb: { bus: 1, device: 1 }, rom: { bar: true } },
    'conflicting-options rom',
  ],
  ['SCSI commands on PCI', { type: 'pci', pci, rawio: true }, 'conflicting-options rawio'],
  ['a SCSI unit of no adapter', { type: 'scsi', scsi: { unit: 1 } }, 'missing-field scsi.adapter'],
  [
    'iSCSI without a host',
    { type: 'scsi', scsi: { protocol: 'iscsi', iqn: 'iqn.a:b/1' } },
    'missing-field scsi.host',
  ],
  [
    'a target by a wrong name',
    { type: 'scsi_host', scsiHost: { protocol: 'vhost', wwpn: 'x' } },
    'invalid-value scsiHost.wwpn',
  ],
  [
    'a team of a USB device',
    { type: 'usb', usb: { bus: 1, device: 1 }, teaming: { type: 'transient', persistent: 'ua-a' } },
    'conflicting-options teaming',
  ],
];

describe('an interface is refused', () => {
  test.each(cards)('%s', (_, card, problem) => {
    expect(found({ interfaces: [card] })).toEqual([problem]);
  });
});

describe('a device of the host is refused', () => {
  test.each(hostdevs)('%s', (_, hostdev, problem) => {
    expect(found({ hostdevs: [hostdev] })).toEqual([problem]);
  });

  test('when it is given twice, as a card and as a device', () => {
    expect(found({ interfaces: [{ type: 'hostdev', pci }], hostdevs: [{ type: 'pci', pci }] })).toEqual([
      'conflicting-options ',
    ]);
  });
});

test('what can be is taken', () => {
  const interfaces: readonly Interface[] = [
    { type: 'vdpa', dev: '/dev/vhost-vdpa-0', queues: 2 },
    { type: 'udp', socket: { ...socket, local: { port: 1 } }, model: 'virtio' },
    { type: 'user', backend: { type: 'passt' }, portForwards: [{ proto: 'tcp', ranges: [{ start: 80 }] }] },
    { type: 'hostdev', pci, teaming: { type: 'transient', persistent: 'ua-lan' } },
    { type: 'ethernet', hostIps: [{ address: '192.0.2.1', prefix: 24, peer: '192.0.2.2' }] },
  ];
  expect(found({ interfaces })).toEqual([]);
});

describe('what keeps a card apart, and no start sets up, is a warning', () => {
  const onBridge: Interface = { type: 'bridge', bridge: 'br0' };
  const ofSwitch: Interface = {
    ...onBridge,
    virtualport: { type: 'openvswitch' },
    vlan: { tags: [{ id: 42 }] },
  };

  test('ports of other switches than Open vSwitch, and filters', () => {
    const virtualport = { type: '802.1Qbh', profileId: 'a' } as const;
    expect(
      found({ interfaces: [{ ...onBridge, virtualport, filter: { filter: 'clean-traffic' } }] }),
    ).toEqual(['~not-supported filter', '~not-supported virtualport']);
  });

  test('limits on Open vSwitch, which is told of port and VLANs', () => {
    expect(found({ interfaces: [ofSwitch] })).toEqual([]);
    expect(found({ interfaces: [{ ...ofSwitch, bandwidth: { inbound: { average: 100 } } }] })).toEqual([
      '~not-supported bandwidth',
    ]);
  });
});
