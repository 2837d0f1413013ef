import type { DomainSpec } from '../../../model/domain.ts';
import type { CharacterDevice, CharacterSource } from '../../../model/domain-devices.ts';
import { reconnectRules } from './reconnect-rules.ts';
import type { Report } from './report.ts';
import { checkEach, checkRules, type Rule, unwanted } from './rules.ts';

/** Serial ports, channels and all else that has a character device of the host at its end. */
export function checkCharacterSources(spec: DomainSpec, report: Report): void {
  const { serials, parallels, consoles, channels, redirdevs, rngs, smartcards } = spec.devices ?? {};
  for (const [list, devices] of Object.entries({ serials, parallels, consoles, channels, redirdevs })) {
    checkEach<CharacterSource>(sourceRules, devices, `spec.devices.${list}`, spec, report);
    if (list !== 'channels')
      checkEach<CharacterSource>(pathRules, devices, `spec.devices.${list}`, spec, report);
    if (list !== 'channels' && list !== 'redirdevs')
      checkEach<CharacterSource>(portRules, devices, `spec.devices.${list}`, spec, report);
  }
  checkEach(serialRules, serials, 'spec.devices.serials', spec, report);
  checkEach(parallelRules, parallels, 'spec.devices.parallels', spec, report);
  checkEach(consoleRules, consoles, 'spec.devices.consoles', spec, report);
  checkEach(channelRules, channels, 'spec.devices.channels', spec, report);
  redirdevs?.forEach(({ type }, index) => {
    if (type === undefined)
      report('missing-field', `spec.devices.redirdevs[${index}].type`, 'type is missing', 'use spicevmc');
  });
  rngs?.forEach(({ backend, egd }, index) => {
    const path = `spec.devices.rngs[${index}].egd`;
    if (backend !== 'egd') return;
    if (egd?.type === undefined)
      report('missing-field', path, 'where the daemon is reached is missing', 'add egd, e.g. of type tcp');
    else checkRules([...sourceRules, ...pathRules], egd, path, spec, report);
  });
  smartcards?.forEach(({ source }, index) => {
    if (source !== undefined)
      checkRules(
        [...sourceRules, ...pathRules],
        source,
        `spec.devices.smartcards[${index}].source`,
        spec,
        report,
      );
  });
}

function hasSpice({ devices }: DomainSpec): boolean {
  return devices?.graphics?.some(({ type }) => type === 'spice') === true;
}

const channelName = /^[A-Za-z0-9_.-]+$/;

const sourceRules: readonly Rule<CharacterSource>[] = [
  {
    at: 'path',
    when: ({ type, path }) => (type === 'file' || type === 'pipe' || type === 'dev') && path === undefined,
    says: 'this character device needs a path',
    instead: 'add path',
    code: 'missing-field',
  },
  {
    at: 'path',
    when: ({ type, mode, path }) => type === 'unix' && mode === 'connect' && path === undefined,
    says: 'to connect to a socket its path must be known',
    instead: 'add path',
    code: 'missing-field',
  },
  {
    at: 'host',
    when: ({ type, host }) => type === 'tcp' && host === undefined,
    says: 'a TCP socket needs a host',
    instead: 'add host; 0.0.0.0 listens everywhere',
    code: 'missing-field',
  },
  {
    at: 'service',
    when: ({ type, service }) => (type === 'tcp' || type === 'udp') && service === undefined,
    says: 'a network socket needs a port',
    instead: 'add service',
    code: 'missing-field',
  },
  {
    at: 'reconnect',
    when: ({ mode, reconnect }) => mode === 'bind' && reconnect !== undefined,
    says: 'only one who connects can connect again',
    instead: 'use mode connect, or leave reconnect out',
  },
  ...reconnectRules,
  {
    at: 'channel',
    when: ({ type, channel }) => (type === 'spiceport' || type === 'dbus') && channel === undefined,
    says: 'the name of the channel is missing',
    instead: 'add channel, e.g. org.example.console.0',
    code: 'missing-field',
  },
  {
    at: 'channel',
    when: ({ type, channel }) =>
      (type === 'spiceport' || type === 'dbus') && channel !== undefined && !channelName.test(channel),
    says: 'the name of a channel has letters, digits, dots, - and _ only',
    instead: 'e.g. org.example.console.0',
    code: 'invalid-value',
  },
  {
    at: 'type',
    when: ({ type }, spec) => (type === 'spicevmc' || type === 'spiceport') && !hasSpice(spec),
    says: 'there is no spice server that this could go through',
    instead: 'add graphics of type spice',
    code: 'missing-reference',
  },
];

/** Only the socket of a channel is made where it is wanted. */
const pathRules: readonly Rule<CharacterSource>[] = [
  {
    at: 'path',
    when: ({ type, mode, path }) => type === 'unix' && mode !== 'connect' && path === undefined,
    says: 'the path of the socket is missing',
    instead: 'add path',
    code: 'missing-field',
  },
];

const portRules: readonly Rule<CharacterSource>[] = [
  {
    at: 'type',
    when: ({ type }) => type === 'spicevmc',
    says: 'spicevmc is for channels, redirected devices and smart cards',
    instead: 'use spiceport',
  },
];

/** The address that each kind of serial port has, and the device that it is. */
const serialKinds: Readonly<Record<string, readonly [address: string, device: string]>> = {
  'isa-serial': ['isa', 'isa-serial'],
  'isa-debug': ['isa', 'isa-debugcon'],
  'pci-serial': ['pci', 'pci-serial'],
  'usb-serial': ['usb', 'usb-serial'],
};

function kindOf({ targetType = 'isa-serial' }: CharacterDevice) {
  return serialKinds[targetType];
}

const serialRules: readonly Rule<CharacterDevice>[] = [
  {
    at: 'address',
    when: (one) => {
      const [wanted = one.address?.type] = kindOf(one) ?? [];
      return one.address?.type !== wanted && one.address !== undefined;
    },
    says: 'an address of this type is not for this kind of serial port',
    instead: 'leave address out, or write targetType',
  },
  {
    at: 'targetModel',
    when: (one) => {
      const [, wanted = one.targetModel] = kindOf(one) ?? [];
      return one.targetModel !== undefined && one.targetModel !== wanted;
    },
    says: 'this device is no serial port of this kind',
    instead: 'leave targetModel out',
  },
  {
    at: 'port',
    when: ({ targetType = 'isa-serial', port = 0 }) => targetType === 'isa-serial' && port > 3,
    says: 'a PC has 4 ISA serial ports, 0 to 3',
    instead: 'use targetType pci-serial',
    code: 'limit-exceeded',
  },
];

const parallelRules: readonly Rule<CharacterDevice>[] = [
  {
    at: 'address',
    when: ({ address }) => address !== undefined && address.type !== 'isa',
    says: 'a parallel port is on the ISA bus, and has no address of this type',
    instead: 'leave address out',
    isHarmless: true,
  },
];

const consoleRules: readonly Rule<CharacterDevice>[] = [
  {
    at: 'address',
    when: ({ targetType = 'serial', address }) =>
      targetType === 'serial' && address !== undefined && address.type !== 'isa',
    says: 'this console is the first ISA serial port, which has no address of this type',
    instead: 'leave address out, or use targetType virtio',
  },
];

const isForward = ({ targetType }: CharacterDevice): boolean => targetType === 'guestfwd';
const ipv4 = /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;

const channelRules: readonly Rule<CharacterDevice>[] = [
  {
    at: 'targetAddress',
    when: (one) => isForward(one) && !ipv4.test(one.targetAddress ?? ''),
    says: 'guestfwd needs the IPv4 address that it answers at',
    instead: 'for example 10.0.2.100',
    code: 'missing-field',
  },
  {
    at: 'port',
    when: (one) => isForward(one) && one.port === undefined,
    says: 'guestfwd needs the TCP port that it answers at',
    instead: 'add port',
    code: 'missing-field',
  },
  {
    at: 'targetType',
    when: (one) => isForward(one) && one.type === 'spicevmc',
    says: 'spicevmc is for channels of type virtio',
    instead: 'use targetType virtio',
  },
  {
    at: 'targetName',
    when: ({ type, targetName = 'com.redhat.spice.0' }) =>
      type === 'spicevmc' && targetName !== 'com.redhat.spice.0',
    says: "the guest's spice agent knows one name only",
    instead: 'leave it out: com.redhat.spice.0',
    code: 'invalid-value',
  },
  ...unwanted<CharacterDevice>(['targetAddress'], (one) => !isForward(one), 'is for guestfwd').map(
    (rule) => ({
      ...rule,
      isHarmless: true,
    }),
  ),
];
