import type { Interface, InterfaceType, NetworkSocketEnd } from '../../../model/domain-devices.ts';
import type { Properties } from '../command-line/arguments.ts';
import { buildChardev } from '../command-line/chardev.ts';
import type { DeviceBuild } from './contract.ts';

const tapTypes: ReadonlySet<InterfaceType> = new Set(['bridge', 'ethernet', 'network', 'direct']);

/** Whether a card ends in a tap device of the host. */
export function hasTap({ type = 'user' }: Interface): boolean {
  return tapTypes.has(type);
}

/** Socket of the passt process of a card, in the run directory. */
export function passtSocket({ alias = '' }: Interface): string {
  return `${alias}.passt.sock`;
}

/** The host's end of a card: QEMU's id of it. */
export function buildNetdev(card: Interface, build: DeviceBuild): string {
  const id = `host${card.alias}`;
  build.args.json('-netdev', { ...connection(card, build), id });
  return id;
}

function connection(card: Interface, build: DeviceBuild): Properties {
  const { socket = { port: 0 } } = card;
  switch (card.type) {
    case 'bridge':
    case 'ethernet':
    case 'network':
    case 'direct':
      return tap(card, build);
    case 'vhostuser':
      return vhostUser(card, build);
    case 'vdpa':
      return { type: 'vhost-vdpa', vhostdev: card.dev, queues: queuesOf(card) };
    case 'server':
      return { type: 'socket', listen: end(socket) };
    case 'client':
      return { type: 'socket', connect: end(socket) };
    case 'mcast':
      return { type: 'socket', mcast: end(socket) };
    case 'udp':
      return { type: 'socket', udp: end(socket), localaddr: socket.local && end(socket.local) };
    default:
      return card.backend?.type === 'passt' ? passt(card, build) : userMode(card);
  }
}

function end({ address = '', port }: NetworkSocketEnd): string {
  return `${address}:${port}`;
}

function tap(card: Interface, { context }: DeviceBuild): Properties {
  const isVirtio = card.model?.startsWith('virtio') === true;
  const descriptors = context.tapFds(card.alias ?? '');
  const several = descriptors.length > 1;
  const opened =
    descriptors.length === 0
      ? {
          ifname: card.target ?? context.tap(card.alias ?? ''),
          script: 'no',
          downscript: 'no',
          queues: queuesOf(card),
        }
      : { [several ? 'fds' : 'fd']: descriptors.join(':') };
  const vhost = isVirtio && context.vhostNet && card.driver !== 'qemu';
  return { type: 'tap', ...opened, sndbuf: card.sndbuf, ...(vhost ? { vhost } : {}) };
}

function vhostUser(card: Interface, { context, args }: DeviceBuild): Properties {
  const { path = '', mode, reconnect } = card.vhostuser ?? {};
  const chardev = buildChardev(
    {
      ...(card.alias === undefined ? {} : { alias: card.alias }),
      type: 'unix',
      path,
      mode: mode === 'server' ? 'bind' : 'connect',
      ...(reconnect === undefined ? {} : { reconnect }),
    },
    context.directory,
    args,
  );
  return { type: 'vhost-user', chardev, queues: queuesOf(card) };
}

function passt(card: Interface, { context }: DeviceBuild): Properties {
  const path = `${context.directory}/${passtSocket(card)}`;
  return { type: 'stream', addr: { type: 'unix', path }, server: false };
}

function userMode({ ips = [] }: Interface): Properties {
  const four = ips.find(({ family }) => family !== 'ipv6');
  const six = ips.find(({ family }) => family === 'ipv6');
  return {
    type: 'user',
    net: four && (four.prefix ? `${four.address}/${four.prefix}` : four.address),
    'ipv6-prefix': six?.address,
    'ipv6-prefixlen': six?.prefix || undefined,
  };
}

/** Queue pairs of a virtio card that has several. */
export function queuesOf(card: Interface): number | undefined {
  const { queues = 1, type = 'user', model } = card;
  const can = hasTap(card) || type === 'vhostuser' || type === 'vdpa';
  return can && queues > 1 && model?.startsWith('virtio') ? queues : undefined;
}
