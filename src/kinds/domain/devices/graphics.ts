import type { Graphics, GraphicsGl, SpiceChannel } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { elementCodec } from '../../shape/element-codec.ts';
import { required } from '../../shape/field.ts';
import { integer } from '../../shape/integer.ts';
import { list } from '../../shape/list.ts';
import { object } from '../../shape/object.ts';
import { onOff, yesNo } from '../../shape/on-off.ts';
import { path, text } from '../../shape/text.ts';
import type { DeviceClass } from './contract.ts';
import { deviceCodec, deviceFields } from './device-fields.ts';
import { impliedListenType, listenFields } from './graphics-listen.ts';

const gl = elementCodec<GraphicsGl>('gl', {
  enabled: yesNo('@enable', 'Draw with the GPU of the host. Default: false; egl-headless always does.'),
  rendernode: path('@rendernode', 'GPU of the host: /dev/dri/renderD128. Default: chosen by QEMU.'),
});

const modes = ['secure', 'insecure', 'any'] as const;

const channel = elementCodec<SpiceChannel>('channel', {
  channel: required(
    choice(
      '@name',
      ['main', 'display', 'inputs', 'cursor', 'playback', 'record', 'smartcard', 'usbredir'],
      'Channel of the protocol.',
    ),
  ),
  mode: required(choice('@mode', modes, 'secure: TLS only.')),
});

/**
 * No port, or -1, means that one is chosen at start; with autoport a given port means nothing. A socket needs none, and
 * only vnc and spice listen.
 */
export function normalizeGraphics(device: Graphics): Graphics {
  const { port = -1, autoport, tlsPort = -1, ...rest } = device;
  if (device.type !== 'vnc' && device.type !== 'spice') return rest;
  const portless = device.type === 'spice' && autoport === false && port < 1 && tlsPort < 1;
  const given = rest.listenType ?? impliedListenType(rest);
  const listenType = portless && given === 'address' ? 'none' : given;
  const tls = tlsPort < 1 || autoport === true ? {} : { tlsPort };
  const whole = { ...rest, ...tls, listenType };
  if (listenType === 'socket' || listenType === 'none') {
    const { listen: _, ...bare } = whole;
    return bare;
  }
  if (port > 0 && autoport !== true) return { ...whole, port };
  // Left as it is, to be refused: it has no port, and may choose none.
  if (device.type === 'vnc' && autoport !== true && (autoport === false || port === 0))
    return { ...whole, port, autoport: false };
  // A spice server can do with its TLS port alone.
  return device.type === 'spice' && tlsPort > 0 && autoport === false ? whole : { ...whole, autoport: true };
}

const portRange = { minimum: -1, maximum: 65_535 };
const port = integer('@port', 'TCP port; -1: chosen at start.', portRange);
const autoport = yesNo('@autoport', 'Choose the port at start. Default: true without port.');
const compression = ['auto', 'never', 'always'] as const;

const codec = deviceCodec<Graphics>(
  'graphics',
  {
    ...deviceFields,
    type: required(
      choice('@type', ['vnc', 'spice', 'egl-headless', 'dbus', 'sdl'], 'Protocol.', { later: ['rdp'] }),
    ),
    p2p: yesNo('@p2p', 'dbus: clients come through a socket that they are handed. Default: false.'),
    busAddress: text('@address', 'dbus: address of the bus. Default: a bus of the domain.', {
      maxLength: 1024,
    }),
    display: text('@display', 'sdl: X display.', { maxLength: 255 }),
    xauth: path('@xauth', 'sdl: file with its key.'),
    fullscreen: yesNo('@fullscreen', 'sdl: take the whole screen. Default: false.'),
    port: {
      ...port,
      toXml: (value, builder) => {
        port.toXml(value, builder);
        if (value > 0) builder.attribute('autoport', 'no');
      },
    },
    tlsPort: integer('@tlsPort', 'spice: TLS port.', portRange),
    autoport: {
      ...autoport,
      // A spice server without any port is, in XML, one that listens nowhere; port -1 asks for one.
      fromXml: (cursor, where) => {
        const said = autoport.fromXml(cursor, where);
        if (cursor.attribute('type')?.value !== 'spice') return said;
        return cursor.attribute('port')?.value === '-1' ? true : (said ?? false);
      },
      toXml: (value, builder) => {
        if (value && builder.valueOf('type') === 'vnc') builder.attribute('port', '-1');
        autoport.toXml(value, builder);
      },
    },
    websocket: integer('@websocket', 'vnc: port for websockets; -1: chosen at start.', portRange),
    ...listenFields,
    keymap: text('@keymap', 'Keyboard layout of the client.', {
      pattern: '^[A-Za-z0-9_-]{1,32}$',
      expected: 'a keymap like de or en-us',
    }),
    passwd: text(
      '@passwd',
      'Password of the server, of vnc at most 8 characters. Better none in a repository.',
      {
        maxLength: 255,
      },
    ),
    passwdValidTo: text('@passwdValidTo', 'End of its validity, UTC: 2030-01-01T00:00:00.', {
      pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}$',
      expected: 'a time like 2030-01-01T00:00:00',
    }),
    connected: choice(
      '@connected',
      ['keep', 'disconnect', 'fail'],
      'Who is there when the password changes.',
    ),
    sharePolicy: choice(
      '@sharePolicy',
      ['allow-exclusive', 'force-shared', 'ignore'],
      'vnc: who may share the screen.',
    ),
    powerControl: yesNo('@powerControl', 'vnc: clients may shut down and reset. Default: false.'),
    defaultMode: choice('@defaultMode', modes, 'spice: mode of channels that are not listed. Default: any.'),
    channels: list('channel', channel, 'spice: channels that need TLS, or that must not have it.'),
    imageCompression: choice(
      'image@compression',
      ['auto_glz', 'auto_lz', 'quic', 'glz', 'lz', 'off'],
      'spice: compression of images. Default: auto_glz.',
    ),
    jpegCompression: choice('jpeg@compression', compression, 'spice: JPEG over slow links. Default: auto.'),
    zlibCompression: choice('zlib@compression', compression, 'spice: zlib over slow links. Default: auto.'),
    playbackCompression: onOff('playback@compression', 'spice: compression of sound. Default: true.'),
    streamingMode: choice('streaming@mode', ['filter', 'all', 'off'], 'spice: moving pictures as video.'),
    copypaste: yesNo('clipboard@copypaste', 'spice: share the clipboard. Default: true.'),
    mouseMode: choice('mouse@mode', ['server', 'client'], 'spice: whose mouse counts.'),
    filetransfer: yesNo('filetransfer@enable', 'spice: files can be dropped in. Default: true.'),
    gl: object('gl', gl, 'spice, egl-headless, dbus and sdl: OpenGL.'),
    audio: integer('audio@id', 'vnc and dbus: id of the audio backend. Default: the first.', { minimum: 1 }),
  },
  {
    order: 'listen channel image jpeg zlib playback streaming mouse clipboard filetransfer gl audio',
    xmlNeeds:
      'listen@type image@compression jpeg@compression zlib@compression playback@compression streaming@mode ' +
      'clipboard@copypaste mouse@mode filetransfer@enable',
    normalize: normalizeGraphics,
    abbreviate: ({ autoport: _, listenType, ...device }) =>
      listenType === undefined || listenType === impliedListenType(device)
        ? device
        : { ...device, listenType },
  },
);

export const graphics: DeviceClass<Graphics> = {
  element: 'graphics',
  about: 'Ways to see the screen.',
  codec,
};
