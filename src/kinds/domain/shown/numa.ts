import type { GuestNuma, NumaCell } from '../../../model/domain-numa.ts';
import { saidBetween } from '../said-between.ts';

/** A distance that is said is that of the way back as well, and a cell with distances is one of its own neighbours. */
export function shownNuma(numa: GuestNuma): GuestNuma {
  const cells = numa.cells.map((cell, at) => ({ ...cell, id: cell.id ?? at }));
  const shown = cells.map((cell): NumaCell => {
    const said = cells.flatMap((to) => {
      const value = saidBetween(cell, to);
      return value === undefined ? [] : [{ id: to.id, value }];
    });
    if (said.length === 0) return cell;
    const others = said.filter(({ id }) => id !== cell.id);
    return { ...cell, distances: [...others, { id: cell.id, value: 10 }].sort((a, b) => a.id - b.id) };
  });
  const { interconnects, ...rest } = numa;
  const isSaid = Object.values(interconnects ?? {}).some((speeds) => speeds.length > 0);
  return { ...rest, cells: shown, ...(isSaid && interconnects !== undefined ? { interconnects } : {}) };
}
