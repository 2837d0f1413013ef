import type { DomainSpec, Iothread } from '../../model/domain.ts';

/** Those that the spec numbers, then as many more as it counts, with the lowest numbers that are free. */
export function allIothreads({ iothreads = 0, iothreadIds = [] }: DomainSpec): readonly Iothread[] {
  const all = [...iothreadIds];
  const taken = new Set(all.map(({ id }) => id));
  for (let id = 1; all.length < iothreads; id += 1) if (!taken.has(id)) all.push({ id });
  return all;
}
