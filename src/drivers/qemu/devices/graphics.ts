import type { Graphics } from '../../../model/domain-devices.ts';
import { escapeComma, words } from '../command-line/arguments.ts';
import type { DeviceBuild } from './contract.ts';

const firstVncPort = 5900;

export function buildGraphics(graphics: Graphics, build: DeviceBuild, index: number): void {
  const { port = 0, keymap } = graphics;
  const place = { ...graphics, port: port > 0 ? port : build.context.displayPort(index) };
  if (graphics.type === 'vnc') buildVnc(place, build);
  else buildSpice(place, build);
  if (keymap !== undefined) build.args.add('-k', keymap);
}

type Placed = Graphics & { readonly port: number };

function buildVnc(graphics: Placed, { view, args }: DeviceBuild): void {
  const { socket, listen = '127.0.0.1', port, websocket, sharePolicy: share } = graphics;
  const host = listen.includes(':') ? `[${listen}]` : listen;
  const where = socket === undefined ? `${host}:${port - firstVncPort}` : `vnc=unix:${escapeComma(socket)}`;
  const options = { share, websocket: websocket === -1 ? true : websocket, audiodev: view.audiodev() };
  args.add('-vnc', words(where, options));
}

function buildSpice(graphics: Placed, { args }: DeviceBuild): void {
  const { socket, listen = '127.0.0.1', port, imageCompression } = graphics;
  args.add(
    '-spice',
    words(socket === undefined ? `port=${port}` : 'unix=on', {
      addr: socket ?? listen,
      'disable-ticketing': true,
      'image-compression': imageCompression,
      'seamless-migration': true,
    }),
  );
}
