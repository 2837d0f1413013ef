import type { Position } from '../../model/diagnostic.ts';
import { attributeOf, childOf, elementAt } from '../../xml/element.ts';
import type { XmlElement } from '../../xml/tree.ts';
import { behindNetwork } from './behind-network.ts';
import { behindPool } from './behind-pool.ts';
import type { Beside } from './beside.ts';

/** What a device leaned on in libvirt, and what it stands on now. */
export interface Change {
  /** Of the device's element. */
  readonly position: Position;
  /** `network default`. */
  readonly from: string;
  /** What of the host must be there; undefined: a file. */
  readonly host?: string;
  /** What libvirt does besides, as long as its network runs: `nat, DHCP`. */
  readonly service?: string;
}

export interface Standalone {
  readonly domain: XmlElement;
  readonly changes: readonly Change[];
}

/** The domain with what is behind libvirt's networks and pools in their place. What is not known stays as it is. */
export function standalone(domain: XmlElement, beside: Beside): Standalone {
  const changes: Change[] = [];
  const device = (element: XmlElement): XmlElement => {
    const source = childOf(element, 'source');
    const type = attributeOf(element, 'type');
    if (element.name === 'interface' && type === 'network') {
      const name = attributeOf(source, 'network') ?? '';
      const network = beside.networks.get(name) ?? asItRuns(element);
      const found = network && behindNetwork(element, network, beside.taken);
      if (found === undefined) return element;
      const { card, host, service } = found;
      changes.push({ position: element.position, from: `network ${name}`, host, service });
      return card;
    }
    if (element.name === 'disk' && type === 'volume') {
      const [name = '', volume = ''] = [attributeOf(source, 'pool'), attributeOf(source, 'volume')];
      const pool = beside.pools.get(name);
      const found = pool && behindPool(element, pool, beside.pathOf(name, volume));
      if (found === undefined) return element;
      const { disk, host } = found;
      changes.push({
        position: element.position,
        from: `pool ${name}`,
        ...(host === undefined ? {} : { host }),
      });
      return disk;
    }
    return element;
  };
  const children = domain.children.map((child) =>
    child.type === 'element' && child.name === 'devices'
      ? { ...child, children: child.children.map((one) => (one.type === 'element' ? device(one) : one)) }
      : child,
  );
  return { domain: { ...domain, children }, changes };
}

/** The XML of a machine that runs says where its card was connected: as much of the network as it needs. */
function asItRuns(card: XmlElement): XmlElement | undefined {
  const source = childOf(childOf(card, 'actual'), 'source') ?? childOf(card, 'source');
  const [bridge, dev, mode] = ['bridge', 'dev', 'mode'].map((name) => attributeOf(source, name));
  const { position } = card;
  if (bridge !== undefined)
    return elementAt(position, 'network', {}, [
      elementAt(position, 'forward', { mode: 'bridge' }),
      elementAt(position, 'bridge', { name: bridge }),
    ]);
  if (dev === undefined) return undefined;
  const interfaces = [elementAt(position, 'interface', { dev })];
  return elementAt(position, 'network', {}, [elementAt(position, 'forward', { mode }, interfaces)]);
}
