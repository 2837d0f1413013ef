import type { CharacterSource } from '../../../model/domain-devices.ts';
import { type Arguments, words } from './arguments.ts';

type Options = Parameters<typeof words>[1];

/** The host's end of a character device, and who it is for. */
export interface ChardevOwner extends CharacterSource {
  readonly alias?: string;
}

export interface ChardevRules {
  /** What the spice client knows the channel as. */
  readonly spice?: 'vdagent' | 'usbredir' | 'smartcard';
  /** `dev` is a parallel port of the host. */
  readonly parallel?: boolean;
}

/** Certificates for `tls`, as libvirt has them by default. */
const certificates = '/etc/pki/qemu';

/** Our own socket of a character device that names no path. */
export function socketPath(directory: string, alias: string): string {
  return `${directory}/${alias}.sock`;
}

/** The backend of a character device; the id that the device refers to. `-chardev` has no JSON form: commas are doubled. */
export function buildChardev(
  device: ChardevOwner,
  directory: string,
  args: Arguments,
  rules: ChardevRules = {},
): string {
  const id = device.type === 'dbus' ? objectName(`char${device.alias}`) : `char${device.alias}`;
  const { backend, options } = describe(device, directory, rules);
  const { logFile: logfile, logAppend: logappend } = device;
  const log = logfile === undefined ? {} : { logfile, logappend };
  const credentials = device.type === 'tcp' && device.tls === true ? `obj${id}_tls0` : undefined;
  if (credentials !== undefined)
    args.json('-object', {
      'qom-type': 'tls-creds-x509',
      id: credentials,
      dir: certificates,
      endpoint: device.mode === 'bind' ? 'server' : 'client',
      'verify-peer': true,
    });
  args.add('-chardev', words(backend, { id, ...options, 'tls-creds': credentials, ...log }));
  return id;
}

/** QEMU makes an object path of D-Bus out of it, and dies of one that is none. */
function objectName(id: string): string {
  return id.replace(/[^A-Za-z0-9]/g, (letter) => `_${letter.charCodeAt(0).toString(16)}`);
}

function describe(
  device: ChardevOwner,
  directory: string,
  rules: ChardevRules,
): { backend: string; options: Options } {
  const { type = 'pty', host, service, append, protocol, path, mode, bind, channel } = device;
  const again = device.reconnect?.enabled === true ? device.reconnect.timeout : undefined;
  const socket = (where: Options, listens: boolean) => ({
    backend: 'socket',
    options: { ...where, ...(listens ? { server: true, wait: false } : { reconnect: again }) },
  });
  switch (type) {
    case 'unix':
      // A socket of our own is there to be connected to.
      return socket(
        { path: path ?? socketPath(directory, device.alias ?? '') },
        path === undefined ? mode !== 'connect' : mode === 'bind',
      );
    case 'tcp':
      return socket(
        { host, port: service, telnet: protocol === 'telnet' ? true : undefined },
        mode === 'bind',
      );
    case 'udp':
      return {
        backend: 'udp',
        options: {
          host: host ?? '',
          port: service,
          localaddr: bind?.host ?? '',
          localport: bind?.service ?? '0',
        },
      };
    case 'file':
      return { backend: 'file', options: { path, append } };
    case 'pipe':
      return { backend: 'pipe', options: { path } };
    case 'dev':
      return { backend: rules.parallel ? 'parallel' : 'serial', options: { path } };
    case 'spicevmc':
      return { backend: 'spicevmc', options: { name: rules.spice ?? 'vdagent' } };
    case 'spiceport':
    case 'dbus':
      return { backend: type, options: { name: channel } };
    case 'qemu-vdagent':
      return {
        backend: type,
        options: {
          name: 'vdagent',
          clipboard: device.clipboard,
          mouse: device.mouse === undefined ? undefined : device.mouse === 'client',
        },
      };
    default:
      return { backend: type, options: {} };
  }
}
