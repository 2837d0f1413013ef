import type { NumaCell } from '../../model/domain-numa.ts';

export type NumberedCell = NumaCell & { readonly id: number };

/** A distance that is said one way is that of the other way, too. Of two for one cell, the last counts. */
export function saidBetween(from: NumberedCell, to: NumberedCell): number | undefined {
  const said = (one: NumberedCell, other: NumberedCell) =>
    one.distances?.findLast(({ id }) => id === other.id)?.value;
  return said(from, to) ?? said(to, from);
}
