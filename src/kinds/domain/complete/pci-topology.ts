import type { PciAddress } from '../../../model/domain-devices.ts';
import { wordTable } from '../../../model/word-table.ts';
import type { Chipset } from './machine.ts';

/** What a device wants to be plugged into. */
export type PciConnection =
  | 'pci'
  | 'pcie'
  | 'pci-bridge'
  | 'pcie-to-pci-bridge'
  | 'dmi-to-pci-bridge'
  | 'root-port'
  | 'upstream-port'
  | 'downstream-port'
  | 'pci-expander'
  | 'pcie-expander'
  | 'integrated';

interface BusKind {
  readonly first: number;
  readonly last: number;
  /** What goes here without being told to. */
  readonly takes: readonly PciConnection[];
}

const port: BusKind = { first: 0, last: 0, takes: ['pcie', 'upstream-port', 'pcie-to-pci-bridge'] };

/** The bus behind each PCI controller model, and the slots that it has. */
const busKinds = wordTable<BusKind>({
  'pci-root': { first: 1, last: 31, takes: ['pci', 'pci-bridge', 'pci-expander'] },
  'pci-bridge': { first: 1, last: 31, takes: ['pci', 'pci-bridge'] },
  'pci-expander-bus': { first: 0, last: 0, takes: [] },
  'pcie-root': {
    first: 1,
    last: 31,
    takes: ['root-port', 'dmi-to-pci-bridge', 'pcie-expander', 'integrated'],
  },
  'dmi-to-pci-bridge': { first: 0, last: 31, takes: ['pci-bridge'] },
  'pcie-to-pci-bridge': { first: 1, last: 31, takes: ['pci', 'pci-bridge'] },
  'pcie-root-port': port,
  'pcie-switch-downstream-port': port,
  'pcie-switch-upstream-port': { first: 0, last: 31, takes: ['downstream-port'] },
  'pcie-expander-bus': { first: 0, last: 31, takes: [] },
});

const connections = wordTable<PciConnection>({
  'pci-bridge': 'pci-bridge',
  'pci-expander-bus': 'pci-expander',
  'dmi-to-pci-bridge': 'dmi-to-pci-bridge',
  'pcie-to-pci-bridge': 'pcie-to-pci-bridge',
  'pcie-root-port': 'root-port',
  'pcie-switch-upstream-port': 'upstream-port',
  'pcie-switch-downstream-port': 'downstream-port',
  'pcie-expander-bus': 'pcie-expander',
});

/** Where a bridge itself is plugged in; undefined for the roots. */
export function connectionOfBridge(model: string): PciConnection | undefined {
  return connections.get(model);
}

/** Slots of the bus behind a PCI controller of this model. */
export function slotsOfBridge(model: string): { readonly first: number; readonly last: number } | undefined {
  return busKinds.get(model);
}

/** Whether a bridge of this connection fits there when its address says so. */
export function takesBridge(model: string, connection: PciConnection): boolean {
  if (model === 'pcie-expander-bus') return connection === 'root-port' || connection === 'dmi-to-pci-bridge';
  if (model === 'pci-expander-bus') return connection === 'pci-bridge';
  // Nobody is sent there, but who asks for it may have it.
  if (model === 'pcie-root' && connection === 'pci-bridge') return true;
  return busKinds.get(model)?.takes.includes(connection) ?? false;
}

const allFunctions = 0xff;

/** The buses of one machine while its addresses are handed out. Grows as libvirt does when nothing is free. */
export class PciTopology {
  /** Models of the buses that were added, after the ones given. */
  readonly added: string[] = [];
  private readonly buses: { kind: BusKind; functions: Uint8Array; shared: Uint8Array }[] = [];
  private readonly chipset: Chipset;

  constructor(models: readonly string[], chipset: Chipset) {
    this.chipset = chipset;
    for (const model of models) this.addBus(model);
  }

  get size(): number {
    return this.buses.length;
  }

  /** False when the function is taken or no such slot exists. Root ports may share a slot with root ports only. */
  reserve(address: PciAddress, connection?: PciConnection): boolean {
    const bus = this.buses[address.bus ?? 0];
    const slot = address.slot ?? 0;
    const bit = 1 << (address.function ?? 0);
    if (bus === undefined || slot < 0 || slot > 31 || ((bus.functions[slot] ?? 0) & bit) !== 0) return false;
    if (bus.functions[slot] === 0) bus.shared[slot] = connection === 'root-port' ? 1 : 0;
    else if (connection !== 'root-port') bus.shared[slot] = 0;
    bus.functions[slot] = (bus.functions[slot] ?? 0) | bit;
    return true;
  }

  /** Takes what is left of a slot on the root bus. */
  reserveSlot(slot: number): void {
    const root = this.buses[0];
    if (root !== undefined) root.functions[slot] = allFunctions;
  }

  isSlotFree(slot: number): boolean {
    return this.buses[0]?.functions[slot] === 0;
  }

  isRootFull(): boolean {
    const root = this.buses[0];
    return (
      root?.functions.every((functions, slot) => slot < root.kind.first || functions === allFunctions) ?? true
    );
  }

  /** The first free place, on a new bus if there must be one. Undefined when the machine has no room left. */
  place(connection: PciConnection, fn = 0): PciAddress | undefined {
    return this.find(connection, fn) ?? (this.grow(connection) ? this.find(connection, fn) : undefined);
  }

  private find(connection: PciConnection, fn: number): PciAddress | undefined {
    for (const [index, bus] of this.buses.entries()) {
      if (!bus.kind.takes.includes(connection)) continue;
      for (let slot = bus.kind.first; slot <= bus.kind.last; slot += 1) {
        const functions = bus.functions[slot] ?? 0;
        const shares = connection === 'root-port' && bus.shared[slot] === 1 && functions !== allFunctions;
        if (functions !== 0 && !shares) continue;
        const free = functions === 0 ? fn : lowestZero(functions);
        const address: PciAddress = { type: 'pci', domain: 0, bus: index, slot, function: free };
        this.reserve(address, connection);
        return address;
      }
    }
    return undefined;
  }

  /** Adds what a device of this connection needs. False when the machine cannot have more. */
  grow(connection: PciConnection): boolean {
    if (this.buses.length >= 255) return false;
    if (connection === 'pcie' || connection === 'upstream-port' || connection === 'pcie-to-pci-bridge') {
      if (this.chipset === 'q35') return this.add('pcie-root-port');
      return false;
    }
    if (connection !== 'pci' && connection !== 'pci-bridge') return false;
    if (this.chipset !== 'q35' || this.buses.some((bus) => bus.kind.takes.includes('pci-bridge')))
      return this.add('pci-bridge');
    this.add('pcie-root-port');
    this.reserve({ type: 'pci', bus: this.buses.length - 1, slot: 0 });
    return this.add('pcie-to-pci-bridge');
  }

  private add(model: string): true {
    this.addBus(model);
    this.added.push(model);
    return true;
  }

  private addBus(model: string): void {
    const kind = busKinds.get(model) ?? port;
    this.buses.push({ kind, functions: new Uint8Array(32), shared: new Uint8Array(32) });
  }
}

function lowestZero(bits: number): number {
  let index = 0;
  while ((bits & (1 << index)) !== 0) index += 1;
  return index;
}
