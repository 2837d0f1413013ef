import type { KindTable } from '../kinds/contract.ts';
import { type Def, type KeyText, keyOf, keyText, type ResourceKey } from '../model/resource.ts';
import { rulesOf } from './rules-of.ts';

export interface Ordered {
  /** Needs before what needs them; the rest by kind and name. */
  readonly keys: readonly ResourceKey[];
  /** Keys that need each other in a circle: none of them can ever be first. */
  readonly cycles: readonly (readonly KeyText[])[];
}

/** Dependency order. The same for the same set, whatever the order it comes in. */
export function orderByDependency(defs: ReadonlyMap<KeyText, Def>, kinds: KindTable): Ordered {
  const sorted = [...defs.values()].map(keyOf).sort(byOrder(kinds));
  const state = new Map<KeyText, 'open' | 'done'>();
  const keys: ResourceKey[] = [];
  const cycles: KeyText[][] = [];
  const trail: KeyText[] = [];

  function visit(key: ResourceKey): void {
    const text = keyText(key);
    const def = defs.get(text);
    if (!def || state.get(text) === 'done') return;
    if (state.get(text) === 'open') {
      cycles.push(trail.slice(trail.indexOf(text)));
      return;
    }
    state.set(text, 'open');
    trail.push(text);
    const needs = rulesOf(kinds, def.kind)
      .references(def)
      .map((reference) => reference.key);
    for (const need of needs.sort(byOrder(kinds))) visit(need);
    trail.pop();
    state.set(text, 'done');
    keys.push(key);
  }

  for (const key of sorted) visit(key);
  return { keys, cycles };
}

function byOrder(kinds: KindTable): (a: ResourceKey, b: ResourceKey) => number {
  return (a, b) => kinds[a.kind].order - kinds[b.kind].order || compareText(keyText(a), keyText(b));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
