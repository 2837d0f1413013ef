import type { KeyText } from '../model/resource.ts';

/** Who goes down when: each after all that depend on it. */
export interface Departure {
  readonly text: KeyText;
  /** Those that have to be down before. */
  readonly after: readonly KeyText[];
  /** So many have to follow one after the other: each needs its share of the time. */
  readonly following: number;
}

/** The reversed dependency graph of what runs, in an order in which it can go down. A circle is cut somewhere: all of it goes down in the end. */
export function departures(needs: ReadonlyMap<KeyText, readonly KeyText[]>): readonly Departure[] {
  const edges = new Map<KeyText, readonly KeyText[]>();
  const heights = new Map<KeyText, number>();
  const visit = (text: KeyText, path: readonly KeyText[]): number => {
    const known = heights.get(text);
    if (known !== undefined) return known;
    const under = (needs.get(text) ?? []).filter(
      (need) => needs.has(need) && ![...path, text].includes(need),
    );
    const height = Math.max(-1, ...under.map((need) => visit(need, [...path, text]))) + 1;
    edges.set(text, under);
    heights.set(text, height);
    return height;
  };
  const texts = [...needs.keys()].sort();
  for (const text of texts) visit(text, []);
  // Higher first: whatever one waits for stands before it.
  return texts
    .map((text) => ({
      text,
      after: texts.filter((other) => edges.get(other)?.includes(text)),
      following: heights.get(text) ?? 0,
    }))
    .sort((a, b) => b.following - a.following);
}
