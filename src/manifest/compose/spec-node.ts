import type { Position } from '../../model/diagnostic.ts';

/** A place in a file of a source. */
export interface Place extends Position {
  readonly file: string;
}

export type Scalar = string | number | boolean | null;

/** A value of a document that remembers where each part of it was written, whatever it is merged into. Plain data. */
export interface SpecNode {
  readonly place: Place;
  /** Where its name stands in the map that holds it. */
  readonly key?: Place;
  readonly scalar?: Scalar;
  readonly items?: readonly SpecNode[];
  readonly fields?: Readonly<Record<string, SpecNode>>;
}

/** The value without its places. */
export function plainOf({ scalar, items, fields }: SpecNode): unknown {
  if (items) return items.map(plainOf);
  if (!fields) return scalar ?? null;
  return Object.fromEntries(Object.entries(fields).map(([name, node]) => [name, plainOf(node)]));
}

/** A value as if all of it were written at one place. */
export function nodeOf(value: unknown, place: Place): SpecNode {
  if (Array.isArray(value)) return { place, items: value.map((item) => nodeOf(item, place)) };
  if (typeof value !== 'object' || value === null) return { place, scalar: (value ?? null) as Scalar };
  const present = Object.entries(value).filter(([, item]) => item !== undefined);
  return {
    place,
    fields: Object.fromEntries(present.map(([name, item]) => [name, { ...nodeOf(item, place), key: place }])),
  };
}

/** Where a definition path was written: the nearest part of it that exists. */
export function placeOf(root: SpecNode, path: string, part: 'key' | 'value'): Place {
  let node = root;
  let place = root.place;
  for (const step of path.match(/[^.[\]]+/g) ?? []) {
    const next = node.items ? node.items[Number(step)] : fieldOf(node, step);
    if (!next) break;
    place = part === 'key' ? (next.key ?? next.place) : next.place;
    node = next;
  }
  return place;
}

export function fieldOf({ fields }: SpecNode, name: string): SpecNode | undefined {
  return fields && Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** The text of a field, where it is one. */
export function textOf(node: SpecNode | undefined, ...path: readonly string[]): string | undefined {
  const found = path.reduce<SpecNode | undefined>((at, name) => at && fieldOf(at, name), node);
  return typeof found?.scalar === 'string' ? found.scalar : undefined;
}

/** How many values there are in it. */
export function sizeOf({ items, fields }: SpecNode): number {
  const inner = items ?? (fields ? Object.values(fields) : []);
  return inner.reduce((sum, node) => sum + sizeOf(node), 1);
}
