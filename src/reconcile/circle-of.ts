import type { KeyText } from '../model/resource.ts';

/** The way from one over what it needs back to itself, if there is one. */
export function circleOf(
  start: KeyText,
  needs: (text: KeyText) => readonly KeyText[],
): readonly KeyText[] | undefined {
  const seen = new Set<KeyText>();
  const follow = (text: KeyText, way: readonly KeyText[]): readonly KeyText[] | undefined => {
    for (const next of needs(text)) {
      if (next === start) return [...way, next];
      if (seen.has(next)) continue;
      seen.add(next);
      const found = follow(next, [...way, next]);
      if (found) return found;
    }
    return undefined;
  };
  return follow(start, [start]);
}
