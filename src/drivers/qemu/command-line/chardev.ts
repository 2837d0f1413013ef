import type { CharacterDevice } from '../../../model/domain-devices.ts';
import { type Arguments, words } from './arguments.ts';

type Options = Parameters<typeof words>[1];

/** Our own socket of a character device that names no path. */
export function socketPath(directory: string, alias: string): string {
  return `${directory}/${alias}.sock`;
}

/**
 * The host's end of a character device; the id that the device refers to. `-chardev` has no JSON form: commas in
 * values are doubled.
 */
export function buildChardev(device: CharacterDevice, directory: string, args: Arguments): string {
  const id = `char${device.alias}`;
  const { backend, options } = describe(device, directory);
  const { logFile: logfile, logAppend: logappend } = device;
  const log = logfile === undefined ? {} : { logfile, logappend };
  args.add('-chardev', words(backend, { id, ...options, ...log }));
  return id;
}

function describe(device: CharacterDevice, directory: string): { backend: string; options: Options } {
  const { type = 'pty', host, service, append, protocol, targetName } = device;
  const path = device.path;
  const socket = (where: Options, listens: boolean) => ({
    backend: 'socket',
    options: { ...where, ...(listens ? { server: true, wait: false } : {}) },
  });
  switch (type) {
    case 'unix': {
      // A socket of our own is there to be connected to; another's only when it says so.
      const own = path === undefined;
      const where = { path: path ?? socketPath(directory, device.alias ?? '') };
      return socket(where, device.mode === undefined ? own : device.mode === 'bind');
    }
    case 'tcp': {
      const telnet = protocol === 'telnet' ? true : undefined;
      return socket({ host: host ?? '127.0.0.1', port: service, telnet }, device.mode === 'bind');
    }
    case 'udp':
      return { backend: 'udp', options: { host: host ?? '127.0.0.1', port: service } };
    case 'file':
      return { backend: 'file', options: { path, append } };
    case 'pipe':
      return { backend: 'pipe', options: { path } };
    case 'dev':
      return { backend: device.targetType === 'parallel' ? 'parallel' : 'serial', options: { path } };
    case 'spicevmc':
      return { backend: 'spicevmc', options: { name: spiceChannel(targetName) } };
    default:
      return { backend: type, options: {} };
  }
}

/** What the spice client knows the channel as. */
function spiceChannel(targetName: string | undefined): string {
  return targetName === undefined || targetName === 'com.redhat.spice.0' ? 'vdagent' : targetName;
}
