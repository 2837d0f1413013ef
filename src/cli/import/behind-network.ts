import { attributeOf, childOf, childrenOf, elementAt, movedTo, withValues } from '../../xml/element.ts';
import type { XmlElement } from '../../xml/tree.ts';

/** A card without its libvirt network. */
export interface BehindNetwork {
  readonly card: XmlElement;
  /** What it stands on now: `bridge virbr0`. */
  readonly host: string;
  /** What libvirt does for it besides: `nat, DHCP`. */
  readonly service: string;
}

/** Modes in which a card gets a device of the host that no other card can have meanwhile. */
const exclusive = new Set(['passthrough', 'hostdev']);

/**
 * The card as libvirt would connect it: in the network's bridge, on one of its interfaces, or with one of its devices.
 * Port group and network say what the card itself leaves open. `taken`: devices that other cards have got.
 */
export function behindNetwork(
  card: XmlElement,
  network: XmlElement,
  taken: Set<string>,
): BehindNetwork | undefined {
  const forward = childOf(network, 'forward');
  const mode = forward === undefined ? 'none' : (attributeOf(forward, 'mode') ?? 'nat');
  const group = portGroup(network, attributeOf(childOf(card, 'source'), 'portgroup'));
  const plain = inherited(card, group, network);
  const bridge = attributeOf(childOf(network, 'bridge'), 'name');
  if (mode === 'hostdev') return withDevice(plain, forward, taken);
  if (bridge !== undefined) {
    const service =
      mode === 'bridge' ? '' : [mode === 'none' ? 'isolated' : mode, ...served(network)].join(', ');
    return { card: onSource(withoutFloor(plain), 'bridge', { bridge }), host: `bridge ${bridge}`, service };
  }
  const dev = free(childrenOf(forward, 'interface'), 'dev', exclusive.has(mode) ? taken : new Set());
  if (dev === undefined) return undefined;
  return {
    card: onSource(withoutFloor(plain), 'direct', { dev, mode }),
    host: `interface ${dev}`,
    service: '',
  };
}

function portGroup(network: XmlElement, name: string | undefined): XmlElement | undefined {
  return childrenOf(network, 'portgroup').find((group) =>
    name === undefined ? attributeOf(group, 'default') === 'yes' : attributeOf(group, 'name') === name,
  );
}

/** Limits, VLANs, port and isolation: the card's own before those of the group, and these before the network's. */
function inherited(card: XmlElement, group: XmlElement | undefined, network: XmlElement): XmlElement {
  const trust = [card, group, network].map((one) => attributeOf(one, 'trustGuestRxFilters'));
  const from = (name: string, ...others: readonly (XmlElement | undefined)[]) =>
    childOf(card, name)
      ? undefined
      : others.map((one) => childOf(one, name)).find((one) => one !== undefined);
  const added = [
    from('bandwidth', group),
    from('vlan', group, network),
    from('port', network),
    virtualPort([card, group, network].flatMap((one) => childrenOf(one, 'virtualport'))),
  ];
  const kept = card.children.filter((child) => child.type === 'text' || child.name !== 'virtualport');
  return withValues(
    {
      ...card,
      children: [...kept, ...added.flatMap((child) => (child ? [movedTo(card.position, child)] : []))],
    },
    { trustGuestRxFilters: trust.find((word) => word !== undefined) },
  );
}

/** What a port of each sort is told; libvirt makes up ids for all sorts when the card does not say its own. */
const portWords: Readonly<Record<string, readonly string[]>> = {
  '802.1Qbg': ['managerid', 'typeid', 'typeidversion', 'instanceid'],
  '802.1Qbh': ['profileid'],
  openvswitch: ['interfaceid', 'profileid'],
  midonet: ['interfaceid'],
};

/** Each may know a part of it. */
function virtualPort(ports: readonly XmlElement[]): XmlElement | undefined {
  const [first] = ports;
  if (first === undefined) return undefined;
  const type = ports.map((port) => attributeOf(port, 'type')).find((word) => word !== undefined);
  const known = ports.toReversed().flatMap((port) => childOf(port, 'parameters')?.attributes ?? []);
  // Without a sort it is a port of a bridge of Linux, which is told nothing.
  if (type === undefined) return undefined;
  const words = known.filter(({ name }) => portWords[type]?.includes(name));
  const parameters = Object.fromEntries(words.map(({ name, value }) => [name, value]));
  return elementAt(first.position, 'virtualport', { type }, [
    elementAt(first.position, 'parameters', parameters),
  ]);
}

function onSource(card: XmlElement, type: string, source: Readonly<Record<string, string>>): XmlElement {
  return withValues(
    {
      ...card,
      children: card.children.map((child) =>
        child.type === 'element' && child.name === 'source'
          ? elementAt(child.position, 'source', source)
          : child,
      ),
    },
    { type },
  );
}

/** Only libvirt, which knows all cards of its network, can promise one a part of it. */
function withoutFloor(card: XmlElement): XmlElement {
  const each = (
    element: XmlElement,
    name: string,
    change: (child: XmlElement) => XmlElement,
  ): XmlElement => ({
    ...element,
    children: element.children.map((child) =>
      child.type === 'element' && child.name === name ? change(child) : child,
    ),
  });
  return each(card, 'bandwidth', (limits) =>
    each(limits, 'inbound', (limit) => withValues(limit, { floor: undefined })),
  );
}

/** The guest drives the device itself: model and options of QEMU's own card go. */
function withDevice(
  card: XmlElement,
  forward: XmlElement | undefined,
  taken: Set<string>,
): BehindNetwork | undefined {
  const addresses = childrenOf(forward, 'address').map((address) => ({ address, text: pciText(address) }));
  const found = addresses.find(({ text }) => !taken.has(text));
  if (found === undefined) return undefined;
  taken.add(found.text);
  const { address, text } = found;
  const drop = new Set(['model', 'driver', 'source', 'bandwidth', 'mtu', 'target']);
  const driver = attributeOf(childOf(forward, 'driver'), 'name');
  return {
    card: withValues(
      {
        ...card,
        children: [
          ...(driver === undefined ? [] : [elementAt(card.position, 'driver', { name: driver })]),
          elementAt(card.position, 'source', {}, [
            movedTo(card.position, withValues(address, { type: 'pci' })),
          ]),
          ...card.children.filter((child) => child.type === 'text' || !drop.has(child.name)),
        ],
      },
      { type: 'hostdev', managed: attributeOf(forward, 'managed') },
    ),
    host: `PCI device ${text}`,
    service: '',
  };
}

function pciText(address: XmlElement): string {
  const part = (name: string, width: number) =>
    Number(attributeOf(address, name) ?? 0)
      .toString(16)
      .padStart(width, '0');
  return `${part('domain', 4)}:${part('bus', 2)}:${part('slot', 2)}.${part('function', 1)}`;
}

function free(elements: readonly XmlElement[], attribute: string, taken: Set<string>): string | undefined {
  const name = elements
    .map((element) => attributeOf(element, attribute))
    .find((value) => value !== undefined && !taken.has(value));
  if (name !== undefined) taken.add(name);
  return name;
}

function served(network: XmlElement): readonly string[] {
  const dhcp = childrenOf(network, 'ip').some((ip) => childOf(ip, 'dhcp') !== undefined);
  return dhcp ? ['DHCP'] : [];
}
