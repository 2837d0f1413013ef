import type { KindRules, KindTable } from '../kinds/contract.ts';
import { type Def, type KeyText, type Kind, keyText, type ResourceKey } from '../model/resource.ts';

export interface Ordered {
  /** Needs before what needs them; the rest by kind and name. */
  readonly keys: readonly ResourceKey[];
  /** Keys that need each other in a circle: none of them can ever be first. */
  readonly cycles: readonly (readonly KeyText[])[];
}

/** Dependency order. The same for the same set, whatever the order it comes in. */
export function orderByDependency(defs: ReadonlyMap<KeyText, Def>, kinds: KindTable): Ordered {
  const rulesOf = (kind: Kind) => kinds[kind] as unknown as KindRules<Kind>;
  const nodes = [...defs.values()]
    .map((def) => ({ kind: def.kind, name: def.metadata.name }))
    .sort((a, b) => rulesOf(a.kind).order - rulesOf(b.kind).order || (keyText(a) < keyText(b) ? -1 : 1));
  const state = new Map<KeyText, 'open' | 'done'>();
  const keys: ResourceKey[] = [];
  const cycles: KeyText[][] = [];
  const visit = (key: ResourceKey, trail: readonly KeyText[]) => {
    const text = keyText(key);
    const def = defs.get(text);
    if (!def || state.get(text) === 'done') return;
    if (state.get(text) === 'open') {
      cycles.push(trail.slice(trail.indexOf(text)));
      return;
    }
    state.set(text, 'open');
    const needs = rulesOf(key.kind)
      .references(def)
      .map((reference) => reference.key);
    for (const need of needs.sort((a, b) => (keyText(a) < keyText(b) ? -1 : 1)))
      visit(need, [...trail, text]);
    state.set(text, 'done');
    keys.push(key);
  };
  for (const key of nodes) visit(key, []);
  return { keys, cycles };
}
