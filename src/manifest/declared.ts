import type { Position } from '../model/diagnostic.ts';
import type { Def, Kind, ResourceKey } from '../model/resource.ts';
import type { Touch } from '../model/touch.ts';

/** One resource as a file declares it (not yet completed). */
export interface Declared<K extends Kind = Kind> {
  readonly key: ResourceKey<K>;
  readonly def: Def<K>;
  readonly file: string;
  /** Of the canonical definition: equal ⇔ nothing to do, whatever the text looks like. */
  readonly revision: string;
  readonly position: Position;
  /** What of the host it reaches: what a policy judges. */
  readonly touches: readonly (Touch & Placed)[];
  /** Where it names others, and what only one resource may have; what `touches` has is not here again. */
  readonly places?: readonly Placed[];
  /** What else it was built from, in words: classes, bases, patches. */
  readonly from?: readonly string[];
}

/** Where one path of a definition is written; `file`: another one than the resource's own. */
export interface Placed {
  readonly path: string;
  readonly position: Position & { readonly file?: string };
}

/** Where a path of a resource is written, as far as that is known: else where the resource begins. */
export function placeIn(
  { file, position, touches, places = [] }: Declared,
  path: string,
): Position & { readonly file: string } {
  const isIt = (placed: Placed) => placed.path === path;
  return { file, ...(touches.find(isIt) ?? places.find(isIt) ?? { position }).position };
}
