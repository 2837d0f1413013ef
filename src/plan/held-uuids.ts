import type { KindTable } from '../kinds/contract.ts';
import type { Def, KeyText } from '../model/resource.ts';
import type { Inventoried } from './plan-world.ts';
import { uuidOf } from './uuid-of.ts';

/** Who was accepted on this host with which uuid and keeps it: what goes, or is to have another one, does not. */
export function heldUuids(
  {
    desired,
    inventory,
    origin,
  }: {
    readonly desired: ReadonlyMap<KeyText, Def>;
    readonly inventory: ReadonlyMap<KeyText, Inventoried>;
    readonly origin: string;
  },
  kinds: KindTable,
): ReadonlyMap<string, KeyText> {
  const held = new Map<string, KeyText>();
  for (const [text, row] of inventory) {
    const coming = desired.get(text);
    if (!coming && row.origin === origin) continue;
    const uuid = uuidOf(row.def, kinds);
    if (uuid === undefined || held.has(uuid)) continue;
    if (coming && row.origin === origin && uuidOf(coming, kinds) !== uuid) continue;
    held.set(uuid, text);
  }
  return held;
}
