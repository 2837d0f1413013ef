import type { Interface, VirtualPort } from '../../../model/domain-devices.ts';
import type { DeviceDrafts, Draft } from './draft.ts';
import { domainUuid } from './identity.ts';

/** What libvirt says of a card when nobody did. Comes after inheritance: what was assigned once stays. */
export function completeInterfaces(interfaces: DeviceDrafts['interfaces']): void {
  for (const card of interfaces) {
    card.type ??= card.bridge !== undefined ? 'bridge' : card.network !== undefined ? 'network' : 'user';
    // A card of the host is what it is.
    if (card.type !== 'hostdev') card.model ??= card.type === 'vdpa' ? 'virtio' : 'rtl8139';
    if (card.type === 'direct') card.mode ??= 'vepa';
  }
}

/** The ids by which a switch knows the ports: made from domain and card, so that they stay. Comes after the MACs. */
export function assignPortIds(interfaces: DeviceDrafts['interfaces'], uuid: string): void {
  for (const card of interfaces)
    if (card.virtualport !== undefined) card.virtualport = withIds(card.virtualport, card, uuid);
}

function withIds(port: VirtualPort, card: Draft<Interface>, uuid: string): VirtualPort {
  const id = (what: string) => domainUuid(`${uuid} ${card.mac ?? card.alias ?? ''} ${what}`);
  // A network may be of any sort: then the port has both.
  const any = port.type === undefined;
  return {
    ...port,
    ...(any ? { instanceId: port.instanceId ?? id('instance') } : {}),
    ...(any || port.type === 'openvswitch' ? { interfaceId: port.interfaceId ?? id('port') } : {}),
  };
}
