import type { DomainSpec } from '../../../model/domain.ts';
import type { Interface, InterfaceType } from '../../../model/domain-devices.ts';
import { sourceFieldTypes } from '../devices/interface-source.ts';
import { checkInterfaceAddresses } from './interface-addresses.ts';
import { checkInterfaceSwitch } from './interface-switch.ts';
import { reconnectRules } from './reconnect-rules.ts';
import type { Report } from './report.ts';
import { checkRom } from './rom.ts';
import { checkRules } from './rules.ts';
import { checkCardTeaming } from './teaming.ts';

export function checkInterfaces(spec: DomainSpec, report: Report): void {
  spec.devices?.interfaces?.forEach((card, index) => {
    const path = `spec.devices.interfaces[${index}]`;
    checkSource(card, path, report);
    if (card.vhostuser !== undefined)
      checkRules(reconnectRules, card.vhostuser, `${path}.vhostuser`, spec, report);
    if (card.mac !== undefined) checkMac(card.mac, `${path}.mac`, report);
    checkTarget(card, path, report);
    checkDriver(card, path, report);
    checkBackend(card, path, report);
    checkInterfaceAddresses(card, path, report);
    checkInterfaceSwitch(card, path, report);
    checkCardTeaming(card, path, report);
    checkRom(card, path, report);
  });
}

/** What an interface of a type cannot do without. */
const needed: { readonly [T in InterfaceType]?: (card: Interface) => readonly [string, string] | undefined } =
  {
    bridge: ({ bridge }) => (bridge === undefined ? ['bridge', 'the name of a bridge'] : undefined),
    network: ({ network }) => (network === undefined ? ['network', 'the name of a network'] : undefined),
    direct: ({ dev }) => (dev === undefined ? ['dev', 'an interface of the host'] : undefined),
    vdpa: ({ dev }) => (dev === undefined ? ['dev', 'a device node: /dev/vhost-vdpa-0'] : undefined),
    hostdev: ({ pci, usb }) => ((pci ?? usb) === undefined ? ['pci', 'a device of the host'] : undefined),
    vhostuser: ({ vhostuser }) => (vhostuser === undefined ? ['vhostuser', 'a socket'] : undefined),
    internal: ({ internal }) => (internal === undefined ? ['internal', 'the name of a network'] : undefined),
    server: ({ socket }) => (socket === undefined ? ['socket', 'a port'] : undefined),
    client: socketWithAddress,
    mcast: socketWithAddress,
    udp: (card) =>
      socketWithAddress(card) ??
      (card.socket?.local === undefined ? ['socket.local', 'a port where it listens'] : undefined),
  };

function socketWithAddress({ socket }: Interface): readonly [string, string] | undefined {
  if (socket === undefined) return ['socket', 'an address and a port'];
  return socket.address === undefined ? ['socket.address', 'an address'] : undefined;
}

function checkSource(card: Interface, path: string, report: Report): void {
  const { type } = card;
  if (type === 'null' || type === 'vds')
    report('not-supported', `${path}.type`, `QEMU has no interface of type ${type}`, 'use another type');
  const lacks = type === undefined ? undefined : needed[type]?.(card);
  if (lacks !== undefined)
    report(
      'missing-field',
      `${path}.${lacks[0]}`,
      `an interface of type ${type} needs ${lacks[1]}`,
      `add ${lacks[0]}${lacks[0] === 'bridge' ? ': br0' : ''}`,
    );
  if (card.usb !== undefined)
    report(
      'not-supported',
      `${path}.usb`,
      'an interface of type hostdev is a PCI device',
      'give a USB device as a hostdev',
    );
  if (type === undefined) return;
  for (const [field, types] of Object.entries(sourceFieldTypes))
    if (card[field as keyof Interface] !== undefined && !types.includes(type))
      report(
        'conflicting-options',
        `${path}.${field}`,
        `an interface of type ${type} has no ${field}`,
        `use type ${types[0]}`,
      );
  if (card.vhostuser?.mode === 'server' && card.vhostuser.reconnect?.enabled)
    report('conflicting-options', `${path}.vhostuser.reconnect`, 'who listens does not connect again');
}

const withMtu: ReadonlySet<InterfaceType> = new Set(['network', 'bridge', 'ethernet', 'vhostuser']);

function checkTarget(
  { target, managed, mtu, script, type = 'user' }: Interface,
  path: string,
  report: Report,
): void {
  const bad = (field: string, message: string, suggestion?: string): void =>
    report('invalid-value', `${path}.${field}`, message, suggestion);
  if (target !== undefined && (target.length > 15 || /[\s/]/.test(target)))
    bad('target', `"${target}" is no name of a network device`, 'use at most 15 characters, no spaces');
  if (mtu !== undefined && (mtu < 68 || mtu > 65_535)) bad('mtu', `the MTU must be 68 to 65535, not ${mtu}`);
  if (mtu !== undefined && !withMtu.has(type))
    report('conflicting-options', `${path}.mtu`, `the MTU of an interface of type ${type} cannot be set`);
  if (managed === false && type !== 'ethernet')
    report(
      'conflicting-options',
      `${path}.managed`,
      'only an interface of type ethernet can take an existing tap device',
    );
  if (script !== undefined && type !== 'ethernet')
    report(
      'conflicting-options',
      `${path}.script`,
      `an interface of type ${type} runs no script`,
      'leave script out, or use type ethernet',
    );
}

const withQueues: ReadonlySet<InterfaceType> = new Set([
  'network',
  'bridge',
  'direct',
  'ethernet',
  'vhostuser',
  'vdpa',
]);

function checkDriver(card: Interface, path: string, report: Report): void {
  const { type = 'user', queues = 1, driver, address } = card;
  const { model = type === 'vdpa' ? 'virtio' : 'rtl8139' } = card;
  const isVirtio = model.startsWith('virtio');
  const refuse = (field: string, message: string, suggestion?: string) =>
    report('conflicting-options', `${path}.${field}`, message, suggestion);
  if ((type === 'vhostuser' || type === 'vdpa') && !isVirtio)
    refuse('model', `an interface of type ${type} is a virtio card, not ${model}`, 'set model: virtio');
  if (type === 'vdpa' && isVirtio && model !== 'virtio')
    refuse('model', `an interface of type vdpa has one model, virtio, not ${model}`, 'set model: virtio');
  if (model === 'usb-net' && address?.type !== 'usb')
    refuse('model', 'a usb-net card needs an address on a USB bus', 'add address: {type: usb, bus: 0}');
  if (card.virtio !== undefined && !isVirtio)
    refuse('virtio', 'virtio options are for model virtio', 'set model: virtio');
  if (isVirtio && queues > 1 && !withQueues.has(type))
    refuse('queues', `an interface of type ${type} has one queue`, 'leave queues out');
  const word = driver === 'qemu' || driver === 'vhost' ? driver : undefined;
  if (type === 'hostdev' ? word !== undefined : driver !== word)
    refuse('driver', `driver ${driver} is not for an interface of type ${type}`);
  else if (driver === 'kvm' || driver === 'xen')
    report('not-supported', `${path}.driver`, `QEMU gives devices by vfio, not by ${driver}`, 'write vfio');
  for (const field of ['rxQueueSize', 'txQueueSize'] as const) {
    const size = card[field];
    if (size !== undefined && (size < 1 || (size & (size - 1)) !== 0))
      report('invalid-value', `${path}.${field}`, `${field} must be a power of two, not ${size}`);
  }
}

function checkBackend(
  { backend = {}, portForwards, type = 'user' }: Interface,
  path: string,
  report: Report,
): void {
  const hasTap = type === 'network' || type === 'bridge' || type === 'ethernet';
  if (backend.tap !== undefined && !hasTap)
    report('conflicting-options', `${path}.backend.tap`, `an interface of type ${type} has no tap of ours`);
  if (backend.type === 'passt' && type !== 'user')
    report('conflicting-options', `${path}.backend.type`, `passt is for type user, not for ${type}`);
  const only = (field: string) =>
    report(
      'conflicting-options',
      `${path}.${field}`,
      'only passt does that: it is ignored',
      'add backend: {type: passt}',
      'warning',
    );
  if (backend.type === 'passt') return;
  if (backend.hostLoopback === false)
    report(
      'conflicting-options',
      `${path}.backend.hostLoopback`,
      "QEMU's own user network always reaches the host's loopback",
      'add backend: {type: passt}',
    );
  if (portForwards !== undefined) only('portForwards');
  if (backend.logFile !== undefined) only('backend.logFile');
}

function checkMac(mac: string, path: string, report: Report): void {
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(mac)) {
    report('invalid-value', path, `"${mac}" is no MAC address`, 'write it as 52:54:00:12:34:56');
    return;
  }
  if ((Number.parseInt(mac.slice(0, 2), 16) & 1) === 1)
    report(
      'invalid-value',
      path,
      `${mac} is a multicast address; an interface needs a unicast one`,
      'begin with 52:54:00',
    );
  if (mac === '00:00:00:00:00:00')
    report('invalid-value', path, 'the MAC address is all zero', 'leave mac out: one is made');
}
