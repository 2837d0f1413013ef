import type { KindTable } from '../kinds/contract.ts';
import type { Position } from '../model/diagnostic.ts';
import { type KeyText, keyText } from '../model/resource.ts';
import { decodeFile } from './decode.ts';

/** Where a resource's fields stand in its file; of one that is not written there, the nearest part that is. */
export function locateFields(
  file: { readonly path: string; readonly text: string },
  kinds: KindTable,
  key: KeyText,
  paths: readonly string[],
): ReadonlyMap<string, Position> {
  const found = new Map<string, Position>();
  decodeFile(file, kinds, {
    onDeclared: (declared, locate) => {
      if (keyText(declared) === key) for (const path of paths) found.set(path, locate(path));
    },
  });
  return found;
}
