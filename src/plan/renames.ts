import type { KindTable } from '../kinds/contract.ts';
import { renamed } from '../model/renamed.ts';
import { type Def, type KeyText, keyText, type ResourceKey } from '../model/resource.ts';
import { rulesOf } from './rules-of.ts';
import { uuidOf } from './uuid-of.ts';

type Rows = Iterable<readonly [KeyText, Def]>;

/**
 * Who is declared under another name now, old keys by new ones: the uuid says that it is the same. `fresh` is declared
 * and not in the inventory, `gone` is there from the same source and declared no more. Pure.
 */
export function findRenames(fresh: Rows, gone: Rows, kinds: KindTable): ReadonlyMap<KeyText, KeyText> {
  const before = new Map<string, KeyText>();
  for (const [text, def] of gone) {
    const identity = identityOf(def, kinds);
    if (identity !== undefined) before.set(identity, text);
  }
  const renames = new Map<KeyText, KeyText>();
  if (before.size === 0) return renames;
  for (const [text, def] of fresh) {
    const from = before.get(identityOf(def, kinds) ?? '');
    if (from !== undefined) renames.set(text, from);
  }
  return renames;
}

interface Row {
  readonly def: Def;
  readonly origin: string;
}

export interface Declarations {
  readonly origin: string;
  readonly complete: boolean;
  readonly declared: ReadonlyMap<KeyText, { readonly key: ResourceKey; readonly def: Def }>;
  readonly problems: ReadonlyMap<KeyText, unknown>;
}

/** What these declarations rename in an inventory, which then knows it by its new name. Returns the old keys by the new ones. */
export function renameIn<T extends Row>(
  inventory: Map<KeyText, T>,
  { origin, complete, declared, problems }: Declarations,
  kinds: KindTable,
): ReadonlyMap<KeyText, KeyText> {
  if (!complete) return new Map();
  const fresh = [...declared].filter(([text]) => !inventory.has(text));
  const gone = [...inventory].filter(
    ([text, row]) => row.origin === origin && !declared.has(text) && !problems.has(text),
  );
  const defOf = <R extends { readonly def: Def }>([text, { def }]: [KeyText, R]): [KeyText, Def] => [
    text,
    def,
  ];
  const renames = findRenames(fresh.map(defOf), gone.map(defOf), kinds);
  for (const [to, from] of renames) {
    const row = inventory.get(from);
    const key = declared.get(to)?.key;
    if (row && key) inventory.set(to, { ...row, def: renamed(row.def, key) });
    inventory.delete(from);
  }
  return renames;
}

/** What stays the same under another name; undefined: nothing does. */
export function identityOf(def: Def, kinds: KindTable): string | undefined {
  const uuid = rulesOf(kinds, def.kind).rename && uuidOf(def, kinds);
  return uuid && keyText({ kind: def.kind, name: uuid });
}
