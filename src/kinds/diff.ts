/** One difference between two definitions. */
export interface Difference {
  readonly path: string;
  readonly operation: 'add' | 'remove' | 'replace';
  readonly current?: unknown;
  readonly desired?: unknown;
}

type PlainMap = Readonly<Record<string, unknown>>;

/**
 * Every difference between two plain values; empty ⇔ equal. Items of a list are matched by `name`, else `alias`, else
 * `id`, else place; for identified items a changed order alone is no difference.
 */
export function diff(current: unknown, desired: unknown, path = ''): readonly Difference[] {
  const found: Difference[] = [];
  compare(current, desired, path, found);
  return found;
}

function compare(current: unknown, desired: unknown, path: string, found: Difference[]): void {
  if (Object.is(current, desired)) return;
  if (current === undefined) found.push({ path, operation: 'add', desired });
  else if (desired === undefined) found.push({ path, operation: 'remove', current });
  else if (Array.isArray(current) && Array.isArray(desired)) compareLists(current, desired, path, found);
  else if (isMap(current) && isMap(desired)) compareMaps(current, desired, path, found);
  else found.push({ path, operation: 'replace', current, desired });
}

function compareMaps(current: PlainMap, desired: PlainMap, path: string, found: Difference[]): void {
  const inside = (key: string) => (path === '' ? key : `${path}.${key}`);
  for (const key of Object.keys(current)) compare(current[key], own(desired, key), inside(key), found);
  for (const key of Object.keys(desired)) {
    if (!Object.hasOwn(current, key)) compare(undefined, desired[key], inside(key), found);
  }
}

function compareLists(
  current: readonly unknown[],
  desired: readonly unknown[],
  path: string,
  found: Difference[],
): void {
  if (!current.every(isMap) || !desired.every(isMap)) {
    const equal =
      current.length === desired.length && current.every((item, at) => diff(item, desired[at]).length === 0);
    if (!equal) found.push({ path, operation: 'replace', current, desired });
    return;
  }
  const identity = unique(current) && unique(desired) ? identityOf : place;
  const before = new Map(current.map((item, at) => [identity(item, at), item]));
  for (const [at, item] of desired.entries()) {
    const id = identity(item, at);
    compare(before.get(id), item, `${path}[${id}]`, found);
    before.delete(id);
  }
  for (const [id, item] of before) found.push({ path: `${path}[${id}]`, operation: 'remove', current: item });
}

function identityOf(item: PlainMap, at: number): string {
  for (const key of ['name', 'alias', 'id']) {
    const value = own(item, key);
    if (typeof value === 'string' || typeof value === 'number') return String(value);
  }
  return place(item, at);
}

function place(_: PlainMap, at: number): string {
  return String(at);
}

/** Without unique identities, place is the only one left. */
function unique(items: readonly PlainMap[]): boolean {
  return new Set(items.map(identityOf)).size === items.length;
}

/** A definition may hold any key, `constructor` too. */
function own(map: PlainMap, key: string): unknown {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

function isMap(value: unknown): value is PlainMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
