import type { DomainSpec } from '../../../model/domain.ts';

/** Whether all memory of the guest can be mapped by another process: what every vhost-user device needs. */
export function sharesMemory({ cpu, memoryBacking }: DomainSpec): boolean {
  const general = memoryBacking?.access;
  const cells = cpu?.numa?.cells ?? [];
  if (cells.length === 0) return general === 'shared';
  return cells.every(({ memAccess }) => (memAccess ?? general) === 'shared');
}
