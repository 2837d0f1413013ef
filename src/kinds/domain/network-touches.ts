import type { NetworkStorage } from '../../model/domain-devices.ts';
import type { Touched, TouchRule } from '../../model/touch.ts';
import { unreadHead } from './unread-head.ts';

/** Servers as `host:port`, a socket by its path, the secret that opens them, and what an image there can name. */
export const networkTouches: TouchRule = (value, owner) => {
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
  return [...found, ...unreadHead(owner)];
};
