import { pciText } from '../../../kinds/domain/pci-text.ts';
import type { Interface } from '../../../model/domain-devices.ts';
import type { Properties } from '../command-line/arguments.ts';
import { virtioDriver, virtioProperties } from '../command-line/machine-view.ts';
import type { DeviceBuild } from './contract.ts';
import { failoverPair, usbSource } from './hostdev.ts';
import { buildNetdev, queuesOf } from './netdev.ts';
import { romProperties } from './rom.ts';

/** A network card: its connection to the host, then the device. */
export function buildInterface(card: Interface, build: DeviceBuild): void {
  if (card.type === 'hostdev') return buildHostCard(card, build);
  const { view, args, configure } = build;
  const { alias: id, model = 'rtl8139', link } = card;
  const netdev = buildNetdev(card, build);
  args.device(model.startsWith('virtio') ? virtioDriver('virtio-net', model) : model, {
    ...(model.startsWith('virtio') ? paravirtual(card) : {}),
    netdev,
    ...view.identify(id),
    mac: card.mac,
    ...romProperties(card.rom),
    ...view.place(card),
  });
  if (link === 'down') configure.push({ command: 'set_link', arguments: { name: id, up: false } });
}

/** A card of the host, which the guest drives itself. */
function buildHostCard(card: Interface, { view, args }: DeviceBuild): void {
  const { alias, pci, usb } = card;
  if (card.address?.type === 'unassigned') return;
  const common = { ...view.identify(alias), ...view.place(card) };
  if (pci === undefined) return args.device('usb-host', { ...usbSource(usb ?? {}), ...common });
  args.device('vfio-pci', {
    host: pciText(pci),
    failover_pair_id: failoverPair(card),
    ...common,
    ...romProperties(card.rom),
  });
}

function paravirtual(card: Interface): Properties {
  const queues = queuesOf(card);
  const { hostOffloads: host = {}, guestOffloads: guest = {}, txMode } = card;
  return {
    ...virtioProperties(card.virtio),
    tx: txMode && (txMode === 'timer' ? 'timer' : 'bh'),
    ioeventfd: card.ioeventfd,
    event_idx: card.eventIdx,
    csum: host.csum,
    gso: host.gso,
    host_tso4: host.tso4,
    host_tso6: host.tso6,
    host_ecn: host.ecn,
    host_ufo: host.ufo,
    mrg_rxbuf: host.mrgRxbuf,
    guest_csum: guest.csum,
    guest_tso4: guest.tso4,
    guest_tso6: guest.tso6,
    guest_ecn: guest.ecn,
    guest_ufo: guest.ufo,
    // One vector for each direction of a queue pair, one for control, one for changes of configuration.
    ...(queues === undefined ? {} : { mq: true, vectors: 2 * queues + 2 }),
    rx_queue_size: card.rxQueueSize,
    tx_queue_size: card.txQueueSize,
    host_mtu: card.mtu,
    rss: card.rss,
    hash: card.rssHashReport,
    failover: card.teaming?.type === 'persistent' ? true : undefined,
  };
}
