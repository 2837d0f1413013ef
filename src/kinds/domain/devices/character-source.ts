import type {
  CharacterBackend,
  CharacterSource,
  DatagramAddress,
  Reconnect,
} from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { elementCodec } from '../../shape/element-codec.ts';
import type { Field, Shape } from '../../shape/field.ts';
import { integer } from '../../shape/integer.ts';
import { parseLocation, xmlName } from '../../shape/location.ts';
import { object } from '../../shape/object.ts';
import { onOff, yesNo } from '../../shape/on-off.ts';
import { path, text } from '../../shape/text.ts';
import type { XmlCursor } from '../../shape/xml-cursor.ts';
import { sourceLabelsField } from './source-labels.ts';

export const characterBackends = [
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
  'spiceport',
  'qemu-vdagent',
  'dbus',
] as const satisfies readonly CharacterBackend[];

export const reconnectCodec = elementCodec<Reconnect>('reconnect', {
  enabled: yesNo('@enabled', 'Connect again. Default: false.'),
  timeout: integer('@timeout', 'Seconds between attempts.', { maximum: 0xffff_ffff }),
});

const bind = elementCodec<DatagramAddress>(
  'source',
  {
    host: text('@host', 'Address. Default: any.', { maxLength: 255 }),
    service: text('@service', 'Port. Default: any.', { maxLength: 64 }),
  },
  { fixed: { '@mode': 'bind' } },
);

const source = xmlName('source');

/** udp has two sources: where it sends to, and where it listens. Of all others there is one. */
function sourceOf(holder: XmlCursor, mode: 'bind' | 'connect'): XmlCursor | undefined {
  const type = holder.element.attributes.find(({ name }) => name === 'type')?.value;
  if (type !== 'udp') return mode === 'connect' ? holder.child(source) : undefined;
  return holder.children(source).find((one) => (one.attribute('mode')?.value ?? 'connect') === mode);
}

export interface CharacterSourceRules {
  /** The element whose attribute is `type`: `backend/`, or the device's own. */
  readonly below?: `${string}/`;
  /** The backend when none is named. */
  readonly type?: CharacterBackend;
}

/** The host's end of a character device, for every element that has one. */
export function characterSourceShape(rules: CharacterSourceRules = {}): Shape<CharacterSource> {
  const { below = '', type } = rules;
  const { steps } = parseLocation(below.slice(0, -1));
  const at = (place: string) =>
    below === '' ? place : place.startsWith('@') ? below.slice(0, -1) + place : below + place;
  // A field of the source element, wherever that is.
  const inSource = <T>(field: Field<T>): Field<T> => ({
    ...field,
    at: at(`source${field.at.startsWith('@') ? '' : '/'}${field.at}`),
    fromXml: (cursor, where) => {
      const found = sourceIn(cursor, 'connect');
      return found && field.fromXml(found, where);
    },
    toXml: (value, builder) => field.toXml(value, builder.descend(steps).child(source)),
  });
  const sourceIn = (cursor: XmlCursor, mode: 'bind' | 'connect') => {
    const holder = cursor.descend(steps);
    return holder && sourceOf(holder, mode);
  };
  return {
    type: choice(
      at('@type'),
      characterBackends,
      `What the host has at the other end.${type === undefined ? '' : ` Default: ${type}.`}`,
    ),
    mode: inSource(choice('@mode', ['bind', 'connect'], 'Sockets: listen or connect. Default: connect.')),
    path: inSource(
      path('@path', 'Socket, file, pipe or device. Default for unix: a socket in the run directory.'),
    ),
    host: inSource(text('@host', 'tcp and udp: host.', { maxLength: 255 })),
    service: inSource(text('@service', 'tcp and udp: port.', { maxLength: 64 })),
    tls: inSource(yesNo('@tls', 'tcp: encrypt, with the certificates of the host. Default: false.')),
    append: inSource(onOff('@append', 'file: keep what is there. Default: false.')),
    channel: inSource(text('@channel', 'spiceport and dbus: name of the channel.', { maxLength: 255 })),
    clipboard: inSource(yesNo('clipboard@copypaste', 'qemu-vdagent: share the clipboard.')),
    mouse: inSource(choice('mouse@mode', ['client', 'server'], 'qemu-vdagent: whose mouse counts.')),
    reconnect: inSource(
      object('reconnect', reconnectCodec, 'tcp and unix, connecting: what a lost connection means.'),
    ),
    labels: inSource(sourceLabelsField('')),
    bind: {
      ...object(at('source'), bind, 'udp: address to listen on.'),
      fromXml: (cursor, where) => {
        const found = sourceIn(cursor, 'bind');
        return found && bind.fromXml(found, where);
      },
      toXml: (value, builder) => {
        bind.toXml(value, builder.descend(steps).prepend(source));
      },
    },
    protocol: choice(
      at('protocol@type'),
      ['raw', 'telnet', 'telnets', 'tls'],
      'tcp: what is spoken. Default: raw.',
    ),
    logFile: path(at('log@file'), 'Everything that passes is also written here.'),
    logAppend: onOff(at('log@append'), 'Keep what is in the log file.'),
  };
}

/** What libvirt takes for granted, and what it drops because the backend has no use for it. */
export function normalizeSource<T extends CharacterSource>(device: T, fallback?: CharacterBackend): T {
  const type = device.type ?? fallback;
  if (type === undefined) return device;
  const connects = type === 'tcp' || type === 'udp' || (type === 'unix' && device.path !== undefined);
  const { path: where, mode, protocol, ...rest } = device;
  return {
    ...rest,
    type,
    ...(where === undefined || type === 'pty' ? {} : { path: where }),
    ...(connects
      ? { mode: type === 'udp' ? 'connect' : (mode ?? 'connect') }
      : mode === undefined
        ? {}
        : { mode }),
    ...(type === 'tcp' ? { protocol: protocol ?? 'raw' } : {}),
  } as unknown as T;
}
