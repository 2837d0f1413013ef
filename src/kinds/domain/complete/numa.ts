import type { Cpu } from '../../../model/domain.ts';
import { formatNumberSet, parseNumberSet } from '../../../model/number-set.ts';

/** Numbers the NUMA cells; vCPUs that no cell names belong to cell 0. */
export function completeNuma(cpu: Cpu | undefined, maximum: number): Cpu | undefined {
  const numa = cpu?.numa;
  if (numa === undefined) return cpu;
  const named = new Set(numa.cells.flatMap(({ cpus }) => parseNumberSet(cpus ?? '') ?? []));
  const rest = Array.from({ length: maximum }, (_, id) => id).filter((id) => !named.has(id));
  const cells = numa.cells.map((cell, at) => {
    const numbered = { ...cell, id: cell.id ?? at };
    if (numbered.id !== 0 || rest.length === 0) return numbered;
    const cpus = [...(parseNumberSet(cell.cpus ?? '') ?? []), ...rest].sort((a, b) => a - b);
    return { ...numbered, cpus: formatNumberSet(cpus) };
  });
  return { ...cpu, numa: { ...numa, cells } };
}
