import type { CharacterDevice } from '../../../model/domain-devices.ts';
import type { Arguments } from './arguments.ts';
import { words } from './arguments.ts';

/** Our own socket of a character device that names no path. */
export function socketPath(directory: string, alias: string): string {
  return `${directory}/${alias}.sock`;
}

/** The host's end of a character device. `-chardev` has no JSON form; commas in values are doubled. */
export function buildChardev(device: CharacterDevice, id: string, directory: string, args: Arguments): void {
  const alias = device.alias ?? id;
  const log =
    device.logFile === undefined ? {} : { logfile: device.logFile, logappend: device.logAppend ?? false };
  const add = (backend: string, options: Parameters<typeof words>[1] = {}) =>
    args.add('-chardev', words(backend, { id, ...options, ...log }));
  const server = device.mode === 'connect' ? {} : { server: true, wait: false };
  switch (device.type ?? 'pty') {
    case 'unix':
      return add('socket', { path: device.path ?? socketPath(directory, alias), ...server });
    case 'tcp':
      return add('socket', {
        host: device.host,
        port: device.service,
        ...(device.protocol === 'telnet' ? { telnet: true } : {}),
        ...server,
      });
    case 'udp':
      return add('udp', { host: device.host, port: device.service });
    case 'file':
      return add('file', { path: device.path, append: device.append });
    case 'pipe':
      return add('pipe', { path: device.path });
    case 'dev':
      return add('serial', { path: device.path });
    case 'spicevmc':
      return add('spicevmc', {
        name: device.targetName?.includes('spice') ? 'vdagent' : (device.targetName ?? 'vdagent'),
      });
    case 'null':
    case 'stdio':
    case 'vc':
    case 'pty':
      return add(device.type ?? 'pty');
  }
}
