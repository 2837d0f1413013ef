import type { DomainCapabilities } from '../../../model/domain-capabilities.ts';

/** What decides the fixed part of the hardware: `other` machines get no controllers and no PCI addresses. */
export type Chipset = 'i440fx' | 'q35' | 'other';

export function chipsetOf(machine: string): Chipset {
  if (machine === 'q35' || machine.startsWith('pc-q35-')) return 'q35';
  // Distributions have versions of their own: pc-i440fx-jammy, pc-i440fx-rhel7.6.0.
  if (machine === 'pc' || /^(pc-i440fx-|pc-\d|rhel\d)/.test(machine)) return 'i440fx';
  return 'other';
}

/** The versioned machine type. A version once assigned stays, until the spec names another machine. */
export function completeMachine(
  wanted: string | undefined,
  previous: string | undefined,
  capabilities: DomainCapabilities,
): string {
  const machine = wanted ?? (previous === undefined ? 'pc' : family(previous));
  const { machines } = capabilities;
  const newest = Object.hasOwn(machines, machine) ? machines[machine] : undefined;
  if (newest === undefined) return wanted === undefined ? (previous ?? machine) : machine;
  return previous !== undefined && family(previous) === family(newest) ? previous : newest;
}

/** `pc-q35-7.2` → `pc-q35`. */
function family(machine: string): string {
  return machine.replace(/-\d+(\.\d+)*$/, '');
}
