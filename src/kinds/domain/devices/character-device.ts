import type { CharacterBackend, CharacterDevice } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import type { ElementCodec } from '../../shape/element-codec.ts';
import type { Field } from '../../shape/field.ts';
import { integer } from '../../shape/integer.ts';
import { onOff } from '../../shape/on-off.ts';
import { path, text } from '../../shape/text.ts';
import { deviceCodec, deviceFields } from './device-fields.ts';

const backends = [
  'pty',
  'unix',
  'file',
  'null',
  'stdio',
  'vc',
  'pipe',
  'dev',
  'tcp',
  'udp',
  'spicevmc',
] as const;

export interface CharacterClass {
  readonly element: 'serial' | 'parallel' | 'console' | 'channel';
  /** The backend when none is named. */
  readonly type: CharacterBackend;
  /** The words of `<target type=…>`. */
  readonly targetTypes: readonly string[];
  readonly laterTargetTypes?: readonly string[];
  /** The target type when none is named; absent: `complete` decides. */
  readonly targetType?: string;
}

/** serial, parallel, console and channel are one shape in libvirt, with other targets. */
export function characterCodec(row: CharacterClass): ElementCodec<CharacterDevice> {
  const targetType: Field<string> = choice<string>(
    'target@type',
    row.targetTypes,
    `What the guest sees: ${row.targetTypes.join(', ') || 'one kind only'}.`,
    row.laterTargetTypes === undefined ? {} : { later: row.laterTargetTypes },
  );
  return deviceCodec<CharacterDevice>(
    row.element,
    {
      ...deviceFields,
      type: choice('@type', backends, `What the host has at the other end. Default: ${row.type}.`, {
        later: ['spiceport', 'nmdm', 'dbus', 'qemu-vdagent'],
      }),
      path: path(
        'source@path',
        'Socket, file, pipe or device. Default for unix: a socket in the run directory.',
      ),
      mode: choice('source@mode', ['bind', 'connect'], 'Sockets: listen or connect.'),
      host: text('source@host', 'tcp and udp: host.', { maxLength: 255 }),
      service: text('source@service', 'tcp and udp: port.', { maxLength: 64 }),
      append: onOff('source@append', 'file: keep what is there. Default: false.'),
      protocol: choice('protocol@type', ['raw', 'telnet'], 'tcp: what is spoken. Default: raw.', {
        later: ['telnets', 'tls'],
      }),
      logFile: path('log@file', 'Everything that passes is also written here.'),
      logAppend: onOff('log@append', 'Keep what is in the log file.'),
      targetType,
      targetName: text('target@name', 'channel: name in the guest, for example org.qemu.guest_agent.0.', {
        maxLength: 255,
      }),
      port: integer('target@port', 'Number among its kind. Default: the next free one.'),
      targetModel: text('target/model@name', 'serial: QEMU device. Default: from the target type.', {
        pattern: '^[A-Za-z0-9._-]{1,64}$',
        expected: 'a device like isa-serial',
      }),
    },
    {
      order: 'source protocol log target',
      later:
        '@tty source[2] source@channel source@tls source@master source@slave source/reconnect source/seclabel source/clipboard ' +
        'source/mouse target@state target@address target@name',
      normalize: (device) => ({
        ...device,
        type: device.type ?? row.type,
        ...withTargetType(device.targetType ?? row.targetType),
      }),
      abbreviate: ({ targetType: target, ...device }) =>
        target === row.targetType ? device : { ...device, ...withTargetType(target) },
    },
  );
}

function withTargetType(targetType: string | undefined): { targetType?: string } {
  return targetType === undefined ? {} : { targetType };
}
