import type { Def, ResourceKey } from './resource.ts';

/** The same definition under this name. */
export function renamed<D extends Def>(def: D, { name }: Pick<ResourceKey, 'name'>): D {
  return { ...def, metadata: { ...def.metadata, name } };
}
