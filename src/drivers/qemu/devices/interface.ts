import type { Interface } from '../../../model/domain-devices.ts';
import { virtioDriver, virtioProperties } from '../command-line/machine-view.ts';
import type { DeviceBuild } from './contract.ts';

/** A network card: its connection to the host, then the device. */
export function buildInterface(card: Interface, { view, context, args, configure }: DeviceBuild): void {
  const { alias = 'net' } = card;
  const model = card.model ?? 'rtl8139';
  const virtio = model.startsWith('virtio');
  const netdev = `host${alias}`;
  const queues = card.queues !== undefined && card.queues > 1 ? card.queues : undefined;
  if (card.type === 'bridge' || card.type === 'ethernet') {
    args.json('-netdev', {
      type: 'tap',
      ifname: card.target ?? context.tap(alias),
      script: 'no',
      downscript: 'no',
      ...(queues === undefined ? {} : { queues }),
      ...(virtio && context.vhostNet && card.driver !== 'qemu' ? { vhost: true } : {}),
      id: netdev,
    });
  } else args.json('-netdev', { type: 'user', id: netdev });
  args.device(virtio ? virtioDriver('virtio-net', model) : model, {
    ...(virtio && queues !== undefined ? { mq: true, vectors: 2 * queues + 2 } : {}),
    ...(virtio && card.rxQueueSize !== undefined ? { rx_queue_size: card.rxQueueSize } : {}),
    ...(virtio && card.txQueueSize !== undefined ? { tx_queue_size: card.txQueueSize } : {}),
    ...(virtio && card.mtu !== undefined ? { host_mtu: card.mtu } : {}),
    ...virtioProperties(card.virtio),
    netdev,
    id: alias,
    mac: card.mac,
    ...view.boot(alias),
    ...(card.romBar === undefined ? {} : { rombar: card.romBar ? 1 : 0 }),
    ...(card.romFile === undefined ? {} : { romfile: card.romFile }),
    ...view.place(card.address),
  });
  if (card.link === 'down') configure.push({ command: 'set_link', arguments: { name: alias, up: false } });
}
