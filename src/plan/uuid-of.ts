import type { KindTable } from '../kinds/contract.ts';
import type { Def } from '../model/resource.ts';
import { rulesOf } from './rules-of.ts';

/** The uuid that a definition claims; undefined: its kind has none, or it says none yet. */
export function uuidOf(def: Def, kinds: KindTable): string | undefined {
  return rulesOf(kinds, def.kind)
    .claims?.(def)
    .find(({ what }) => what === 'uuid')?.value;
}
