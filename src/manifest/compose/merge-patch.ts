import { fieldOf, type SpecNode } from './spec-node.ts';

/**
 * RFC 7386: maps are merged, `null` takes a field away, everything else (lists too) replaces. What comes from the patch
 * keeps its place in the patch. `keepNulls`: the result is itself a patch, for something further below.
 */
export function mergePatch(
  target: SpecNode | undefined,
  patch: SpecNode,
  { keepNulls = false } = {},
): SpecNode {
  if (!patch.fields) return patch;
  const base = target?.fields ? target : undefined;
  const fields: Record<string, SpecNode> = { ...base?.fields };
  for (const [name, node] of Object.entries(patch.fields)) {
    if (node.scalar === null && !keepNulls) delete fields[name];
    else fields[name] = mergePatch(base && fieldOf(base, name), node, { keepNulls });
  }
  const { place, key } = base ?? patch;
  return { place, ...(key ? { key } : {}), fields };
}
