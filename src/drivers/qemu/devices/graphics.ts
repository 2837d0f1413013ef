import type { Graphics } from '../../../model/domain-devices.ts';
import { escapeComma, words } from '../command-line/arguments.ts';
import type { DeviceBuild, QmpCommand } from './contract.ts';

const firstVncPort = 5900;
/** Where libvirt looks for the certificates of spice. */
const spiceCertificates = '/etc/pki/libvirt-spice';

export function buildGraphics(graphics: Graphics, build: DeviceBuild, index: number): void {
  const { args } = build;
  const { gl, keymap } = graphics;
  switch (graphics.type) {
    case 'vnc':
      buildVnc(graphics, build, index);
      break;
    case 'spice':
      buildSpice(graphics, build, index);
      break;
    case 'egl-headless':
      args.add('-display', words('egl-headless', { rendernode: gl?.rendernode }));
      break;
    case 'dbus':
      buildDbus(graphics, build);
      break;
    case 'sdl':
      if (graphics.fullscreen) args.add('-full-screen');
      args.add('-display', words('sdl', { gl: gl?.enabled }));
      break;
  }
  if (keymap !== undefined) args.add('-k', keymap);
}

/** The socket that it listens on; of a server that names none, one in the run directory. */
export function screenSocket(graphics: Graphics, directory: string): string | undefined {
  if (graphics.socket !== undefined) return graphics.socket;
  return graphics.listenType === 'socket' ? `${directory}/${graphics.type}.sock` : undefined;
}

function portOf({ port = 0, autoport }: Graphics, { context }: DeviceBuild, index: number): number {
  return port > 0 && autoport !== true ? port : context.displayPort(index);
}

/** Channels that need TLS, of a server that chooses its ports at start. */
export function choosesTlsPort(graphics: Graphics): boolean {
  const { type, autoport, defaultMode, channels = [] } = graphics;
  return (
    type === 'spice' &&
    autoport === true &&
    (defaultMode === 'secure' || channels.some(({ mode }) => mode === 'secure'))
  );
}

/** TLS ports that are chosen come after the plain ones of all displays. */
function tlsPortOf(graphics: Graphics, { context, view }: DeviceBuild, index: number): number | undefined {
  if (!choosesTlsPort(graphics)) return graphics.tlsPort;
  return context.displayPort((view.spec.devices?.graphics?.length ?? 0) + index);
}

function buildVnc(graphics: Graphics, build: DeviceBuild, index: number): void {
  const { view, args } = build;
  const { listen = '127.0.0.1', websocket, sharePolicy: share, passwd, powerControl } = graphics;
  const socket = screenSocket(graphics, build.context.directory);
  const host = listen.includes(':') ? `[${listen}]` : listen;
  const where =
    graphics.listenType === 'none'
      ? 'none'
      : socket === undefined
        ? `${host}:${portOf(graphics, build, index) - firstVncPort}`
        : `vnc=unix:${escapeComma(socket)}`;
  const options = {
    websocket: websocket === undefined || websocket === 0 ? undefined : websocket === -1 ? true : websocket,
    share,
    password: passwd === undefined ? undefined : true,
    'power-control': powerControl,
    audiodev: view.audiodev(graphics.audio),
  };
  args.add('-vnc', words(where, options));
  setPassword(graphics, build);
}

function buildSpice(graphics: Graphics, build: DeviceBuild, index: number): void {
  const { listen = '127.0.0.1', autoport, gl, passwd, mouseMode } = graphics;
  const tlsPort = tlsPortOf(graphics, build, index);
  const socket = screenSocket(graphics, build.context.directory);
  const listens = socket === undefined && graphics.listenType !== 'none';
  const plain = listens && (autoport === true || graphics.port !== undefined || tlsPort === undefined);
  const secure = listens && tlsPort !== undefined;
  const where =
    socket !== undefined
      ? ['unix=on']
      : [
          ...(plain ? [`port=${portOf(graphics, build, index)}`] : listens ? [] : ['port=0']),
          ...(secure ? [`tls-port=${tlsPort}`] : []),
        ];
  const channels = [
    ...(graphics.defaultMode === undefined ? [] : [{ channel: 'default', mode: graphics.defaultMode }]),
    ...(graphics.channels ?? []),
  ].flatMap(({ channel, mode }) =>
    mode === 'any' ? [] : [`${mode === 'secure' ? 'tls' : 'plaintext'}-channel=${channel}`],
  );
  const options = words(where.join(','), {
    addr: socket ?? (listens ? listen : undefined),
    'agent-mouse': mouseMode === undefined ? undefined : mouseMode === 'client',
    'disable-ticketing': passwd === undefined ? true : undefined,
    'x509-dir': secure ? spiceCertificates : undefined,
  });
  const picture = words('', {
    'image-compression': graphics.imageCompression,
    'jpeg-wan-compression': graphics.jpegCompression,
    'zlib-glz-wan-compression': graphics.zlibCompression,
    'playback-compression': graphics.playbackCompression,
    'streaming-video': graphics.streamingMode,
    'disable-copy-paste': graphics.copypaste === false ? true : undefined,
    'disable-agent-file-xfer': graphics.filetransfer === false ? true : undefined,
    gl: gl?.enabled ? true : undefined,
    rendernode: gl?.enabled ? gl.rendernode : undefined,
    'seamless-migration': true,
  });
  build.args.add('-spice', [options, ...channels].join(',') + picture);
  setPassword(graphics, build);
}

/** Without p2p it is a bus of the host that viewers meet at. */
function buildDbus(graphics: Graphics, { view, args, context }: DeviceBuild): void {
  const { p2p, busAddress, gl, audio } = graphics;
  args.add(
    '-display',
    words('dbus', {
      p2p: p2p ? true : undefined,
      addr: p2p ? undefined : (busAddress ?? `unix:path=${context.directory}/dbus.sock`),
      gl: gl?.enabled,
      rendernode: gl?.rendernode,
      audiodev: audio === undefined ? undefined : view.audiodev(audio),
    }),
  );
}

/** Never on the command line, where every user of the host could read it. */
function setPassword(graphics: Graphics, { configure }: DeviceBuild): void {
  configure.push(...passwordCommands(graphics));
}

/** QMP `set_password` and `expire_password` for a screen that has one; nothing else. */
export function passwordCommands({ type, passwd, passwdValidTo, connected }: Graphics): QmpCommand[] {
  if (passwd === undefined || (type !== 'vnc' && type !== 'spice')) return [];
  const set = { protocol: type, password: passwd, ...(connected === undefined ? {} : { connected }) };
  const commands: QmpCommand[] = [{ command: 'set_password', arguments: set }];
  if (passwdValidTo === undefined) return commands;
  const time = String(Math.floor(Date.parse(`${passwdValidTo}Z`) / 1000));
  return [...commands, { command: 'expire_password', arguments: { protocol: type, time } }];
}
