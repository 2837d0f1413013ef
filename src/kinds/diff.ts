/** One difference between two definitions. */
export interface Difference {
  readonly path: string;
  readonly operation: 'add' | 'remove' | 'replace';
  readonly current?: unknown;
  readonly desired?: unknown;
}

/**
 * Every difference between two plain values. Items of a list are matched by `name`, else `alias`, else by place; a
 * changed order alone is no difference for named items.
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
  else if (isMap(current) && isMap(desired)) {
    for (const key of new Set([...Object.keys(current), ...Object.keys(desired)])) {
      compare(current[key], desired[key], path === '' ? key : `${path}.${key}`, found);
    }
  } else found.push({ path, operation: 'replace', current, desired });
}

function compareLists(
  current: readonly unknown[],
  desired: readonly unknown[],
  path: string,
  found: Difference[],
): void {
  if (![...current, ...desired].every(isMap)) {
    if (current.length === desired.length && current.every((item, at) => Object.is(item, desired[at])))
      return;
    if (![...current, ...desired].some((item) => typeof item === 'object')) {
      found.push({ path, operation: 'replace', current, desired });
      return;
    }
  }
  const identity = identityOf([...current, ...desired]);
  const before = new Map(current.map((item, at) => [identity(item, at), item]));
  for (const [at, item] of desired.entries()) {
    const id = identity(item, at);
    compare(before.get(id), item, `${path}[${id}]`, found);
    before.delete(id);
  }
  for (const [id, item] of before) found.push({ path: `${path}[${id}]`, operation: 'remove', current: item });
}

/** The first of `name` and `alias` that every item has; else the place. */
function identityOf(items: readonly unknown[]): (item: unknown, at: number) => string {
  for (const key of ['name', 'alias', 'id']) {
    if (
      items.length > 0 &&
      items.every((item) => isMap(item) && ['string', 'number'].includes(typeof item[key]))
    ) {
      return (item) => String((item as Record<string, unknown>)[key]);
    }
  }
  return (_, at) => String(at);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
