import type { MemoryDevice } from '../../../model/domain-devices.ts';
import type { Draft } from './draft.ts';

/** Memory modules sit in slots; the others among the memory devices are PCI devices or part of the CPU. */
export function hasDimmSlot({ model }: MemoryDevice): boolean {
  return model === 'dimm' || model === 'nvdimm';
}

/** The lowest free slot; one that is inherited gives way to one that is written. */
export function assignDimmSlots(
  memories: readonly Draft<MemoryDevice>[],
  inherited: ReadonlySet<object>,
): void {
  const modules = memories.filter(hasDimmSlot);
  const taken = new Set<number>();
  for (const pass of [false, true])
    for (const module of modules) {
      const { address } = module;
      if (address?.type !== 'dimm' || address.slot === undefined || inherited.has(module) !== pass) continue;
      if (pass && taken.has(address.slot)) delete module.address;
      else taken.add(address.slot);
    }
  for (const module of modules) {
    const { address } = module;
    if (address !== undefined && (address.type !== 'dimm' || address.slot !== undefined)) continue;
    let slot = 0;
    while (taken.has(slot)) slot += 1;
    taken.add(slot);
    module.address = { ...address, type: 'dimm', slot };
  }
}
