import type { DiskFormat, NetworkStorage, NvmeStorage, SecretReference } from '../../model/domain-devices.ts';
import type { Touched, TouchRule } from '../../model/touch.ts';
import { pciText } from './pci-text.ts';

const secret: TouchRule = (value) => {
  const { uuid, usage } = value as SecretReference;
  return { reach: 'secret', value: uuid ?? usage ?? '' };
};

/** Servers as `host:port`, a socket by its path, and the secret that opens them. */
function network(value: unknown): readonly Touched[] {
  const { protocol, hosts = [], auth, config, tls } = value as NetworkStorage;
  const found: Touched[] = hosts.map(({ name = '', port, transport, socket = '' }) =>
    transport === 'unix'
      ? { reach: 'socket', value: socket, writes: true }
      : { reach: 'connect', value: `${name}:${port ?? protocol}` },
  );
  // Without a host the configuration of this one says where its servers are.
  if (hosts.length === 0) found.push({ reach: 'connect', value: `${protocol}:*` });
  if (auth !== undefined) found.push({ reach: 'secret', value: auth.secret.uuid ?? auth.secret.usage ?? '' });
  if (tls === true) found.push({ reach: 'resource', value: 'host-certificates' });
  if (config !== undefined) found.push({ reach: 'unlisted', value: config });
  return found;
}

function nvme(value: unknown): readonly Touched[] {
  return [{ reach: 'pci-device', value: pciText(value as NvmeStorage) }];
}

/** The head of such an image names other files of this host, and nobody here can read it before QEMU does. */
function unreadHead({ format = 'raw' }: { readonly format?: DiskFormat }): readonly Touched[] {
  return format === 'raw' ? [] : [{ reach: 'resource', value: 'remote-formats' }];
}

const remote =
  (touched: (value: unknown) => readonly Touched[]): TouchRule =>
  (value, owner) => [...touched(value), ...unreadHead(owner)];

/** What the source of a disk, or of an image below it, reaches; files and block devices have rows of their own. */
export function storageTouches(at: string): Readonly<Record<string, TouchRule>> {
  return {
    [`${at}.dir`]: 'share',
    [`${at}.volume`]: 'volume',
    [`${at}.pool`]: 'volume',
    [`${at}.network`]: remote(network),
    [`${at}.nvme`]: remote(nvme),
    [`${at}.vhostuser`]: (value) => ({
      reach: 'socket',
      value: String((value as { readonly path?: unknown }).path),
      writes: true,
    }),
    [`${at}.encryption.secret`]: secret,
    [`${at}.reservations`]: (value) => {
      const { path } = value as { readonly path?: string };
      return path === undefined
        ? { reach: 'resource', value: 'persistent-reservations' }
        : { reach: 'socket', value: path, writes: true };
    },
    [`${at}.labels`]: () => ({ reach: 'resource', value: 'security-label' }),
  };
}
