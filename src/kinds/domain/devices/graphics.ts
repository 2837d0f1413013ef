import type { Graphics } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { type Field, required } from '../../shape/field.ts';
import { integer } from '../../shape/integer.ts';
import { xmlName } from '../../shape/location.ts';
import { yesNo } from '../../shape/on-off.ts';
import { path, text } from '../../shape/text.ts';
import type { XmlCursor } from '../../shape/xml-cursor.ts';
import type { DeviceClass } from './contract.ts';
import { deviceCodec, deviceFields } from './device-fields.ts';

const listenAttribute = text('@listen', 'Address to listen on. Default: 127.0.0.1.', { maxLength: 255 });
const listenElement = text('@address', '', { maxLength: 255 });
const socketAttribute = path('@socket', 'Unix socket to listen on.');
const listenType = choice('@type', ['address', 'socket'], '', { later: ['network', 'none'] });

/** `<listen>` of that type; the attribute of `<graphics>` says the same in libvirt's older way. */
function listenChild(cursor: XmlCursor, type: 'address' | 'socket', path: string): XmlCursor | undefined {
  const child = cursor.child(xmlName('listen'));
  const given = child?.element.attributes.find((attribute) => attribute.name === 'type')?.value;
  if (child === undefined) return undefined;
  // Only one of the two fields reports a word that neither knows.
  if (given !== 'address' && given !== 'socket') {
    if (type === 'address') listenType.fromXml(child, path);
    child.ignore();
    return undefined;
  }
  listenType.fromXml(child, path);
  return given === type ? child : undefined;
}

const listen: Field<string> = {
  ...listenAttribute,
  fromXml: (cursor, path) => {
    const old = listenAttribute.fromXml(cursor, path);
    const child = listenChild(cursor, 'address', path);
    const address = child && listenElement.fromXml(child, path);
    if (old !== undefined && address !== undefined && old !== address) {
      cursor.decoding.report(
        'conflicting-options',
        path,
        `listen='${old}' and <listen address='${address}'/> differ`,
      );
    }
    return address ?? old;
  },
  toXml: (value, builder) => {
    listenAttribute.toXml(value, builder);
    const child = builder.append(xmlName('listen'));
    listenType.toXml('address', child);
    listenElement.toXml(value, child);
  },
};

const socket: Field<string> = {
  ...socketAttribute,
  fromXml: (cursor, path) => {
    const old = socketAttribute.fromXml(cursor, path);
    const child = listenChild(cursor, 'socket', path);
    const inner = child && socketAttribute.fromXml(child, path);
    if (child !== undefined && inner === undefined && old === undefined) {
      cursor.decoding.report(
        'not-supported',
        path,
        "<listen type='socket'> without socket= is not supported yet",
      );
    }
    return inner ?? old;
  },
  toXml: (value, builder) => {
    const child = builder.append(xmlName('listen'));
    listenType.toXml('socket', child);
    socketAttribute.toXml(value, child);
  },
};

/** No port, or -1, means that one is chosen at start; with autoport a given port means nothing. A socket needs none. */
function normalize(device: Graphics): Graphics {
  const { port = -1, autoport, tlsPort = -1, ...rest } = device;
  const tls = tlsPort < 1 ? {} : { tlsPort };
  if (port > 0 && autoport !== true) return { ...rest, ...tls, port };
  return rest.socket === undefined ? { ...rest, ...tls, autoport: true } : { ...rest, ...tls };
}

const portRange = { minimum: -1, maximum: 65_535 };
const autoport = yesNo('@autoport', 'Choose the port at start. Default: true without port.');

const codec = deviceCodec<Graphics>(
  'graphics',
  {
    ...deviceFields,
    type: required(
      choice('@type', ['vnc', 'spice'], 'Protocol.', {
        later: ['sdl', 'rdp', 'desktop', 'egl-headless', 'dbus'],
      }),
    ),
    port: integer('@port', 'TCP port; -1: chosen at start.', portRange),
    tlsPort: integer('@tlsPort', 'spice: TLS port.', portRange),
    autoport: {
      ...autoport,
      toXml: (value, builder) => {
        if (value) builder.attribute('port', '-1');
        autoport.toXml(value, builder);
      },
    },
    websocket: integer('@websocket', 'vnc: port for websockets; -1: chosen at start.', portRange),
    keymap: text('@keymap', 'Keyboard layout of the client.', {
      pattern: '^[A-Za-z0-9_-]{1,32}$',
      expected: 'a keymap like de or en-us',
    }),
    sharePolicy: choice(
      '@sharePolicy',
      ['allow-exclusive', 'force-shared', 'ignore'],
      'vnc: who may share the screen.',
    ),
    listen,
    socket,
    imageCompression: choice(
      'image@compression',
      ['auto_glz', 'auto_lz', 'quic', 'glz', 'lz', 'off'],
      'spice: compression of images. Default: auto_glz.',
    ),
  },
  {
    order: 'listen image',
    later:
      '@passwd @passwdValidTo @connected @defaultMode @powerControl @wakeup @display @xauth @fullscreen @multiUser channel jpeg zlib playback streaming ' +
      'clipboard mouse filetransfer gl audio',
    normalize,
    abbreviate: ({ autoport: _, ...device }) => device,
  },
);

export const graphics: DeviceClass<Graphics> = {
  element: 'graphics',
  about: 'Ways to see the screen.',
  codec,
};
