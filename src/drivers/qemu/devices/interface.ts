import type { Interface } from '../../../model/domain-devices.ts';
import type { Properties } from '../command-line/arguments.ts';
import { virtioDriver, virtioProperties } from '../command-line/machine-view.ts';
import type { DeviceBuild } from './contract.ts';

/** A network card: its connection to the host, then the device. */
export function buildInterface(card: Interface, build: DeviceBuild): void {
  const { view, args, configure } = build;
  const { alias: id, model = 'rtl8139', link, romBar } = card;
  const netdev = `host${id}`;
  args.json('-netdev', { ...connection(card, build), id: netdev });
  args.device(model.startsWith('virtio') ? virtioDriver('virtio-net', model) : model, {
    ...(model.startsWith('virtio') ? paravirtual(card) : {}),
    netdev,
    ...view.identify(id),
    mac: card.mac,
    rombar: romBar === undefined ? undefined : Number(romBar),
    romfile: card.romFile,
    ...view.place(card),
  });
  if (link === 'down') configure.push({ command: 'set_link', arguments: { name: id, up: false } });
}

function connection(card: Interface, { context }: DeviceBuild): Properties {
  if (card.type !== 'bridge' && card.type !== 'ethernet') return { type: 'user' };
  const isVirtio = card.model?.startsWith('virtio') === true;
  return {
    type: 'tap',
    ifname: card.target ?? context.tap(card.alias ?? ''),
    script: 'no',
    downscript: 'no',
    queues: isVirtio ? severalQueues(card) : undefined,
    vhost: isVirtio && context.vhostNet && card.driver !== 'qemu' ? true : undefined,
  };
}

function paravirtual(card: Interface): Properties {
  const queues = card.type === 'bridge' || card.type === 'ethernet' ? severalQueues(card) : undefined;
  return {
    // One vector for each direction of a queue pair, one for control, one for changes of configuration.
    ...(queues === undefined ? {} : { mq: true, vectors: 2 * queues + 2 }),
    rx_queue_size: card.rxQueueSize,
    tx_queue_size: card.txQueueSize,
    host_mtu: card.mtu,
    ...virtioProperties(card.virtio),
  };
}

function severalQueues({ queues = 1 }: Interface): number | undefined {
  return queues > 1 ? queues : undefined;
}
