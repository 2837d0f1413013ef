import type { Controller } from '../../../model/domain-devices.ts';

/**
 * Controllers in the order in which QEMU can make them: PCI bridges before what hangs below them, then USB masters and
 * the like, then what hangs from those. Otherwise as the definition lists them: the guest's ACPI tables name slots in this order.
 */
export function parentsFirst(controllers: readonly Controller[]): readonly Controller[] {
  const bridges = controllers.filter(({ type }) => type === 'pci');
  const byIndex = new Map(bridges.map((bridge) => [bridge.index ?? 0, bridge]));
  const placed = new Set<Controller>();
  const place = (bridge: Controller, above: ReadonlySet<Controller>): void => {
    if (above.has(bridge)) return;
    const parent = bridge.address?.type === 'pci' ? byIndex.get(bridge.address.bus ?? 0) : undefined;
    if (parent !== undefined) place(parent, new Set([...above, bridge]));
    placed.add(bridge);
  };
  for (const bridge of bridges) place(bridge, new Set());
  const others = controllers.filter(({ type }) => type !== 'pci');
  return [...placed, ...others.filter((one) => !hangs(one)), ...others.filter(hangs)];
}

/** A card reader hangs from a USB controller, a companion from its master. */
function hangs({ type, masterStartport }: Controller): boolean {
  return type === 'ccid' || (type === 'usb' && masterStartport !== undefined);
}
