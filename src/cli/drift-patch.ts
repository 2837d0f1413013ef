import type { Drift } from '../model/status.ts';

type Patch = Record<string, unknown>;

/** The part of a spec that wants what is live: merge it in. List items are told by `name`; null takes something out. */
export function driftPatch(kind: string, name: string, drift: readonly Drift[]): Patch {
  const patch: Patch = { apiVersion: 'qonverge/v1', kind, metadata: { name } };
  for (const { path, live } of drift) {
    if (!path.startsWith('spec.')) continue;
    const steps = [...path.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)];
    put(
      patch,
      steps.map(([, item, key]) => ({ item, key })),
      live ?? null,
    );
  }
  return patch;
}

interface PathStep {
  readonly item: string | undefined;
  readonly key: string | undefined;
}

function put(into: Patch, [first, ...rest]: readonly PathStep[], value: unknown): void {
  const key = first?.key;
  if (key === undefined) return;
  const [next, ...further] = rest;
  if (next === undefined) into[key] = value;
  else if (next.item === undefined) put(child(into, key), rest, value);
  else {
    const item = itemOf(into, key, next.item);
    if (further.length > 0) put(item, further, value);
    else if (value === null) item['$patch'] = 'delete';
    else Object.assign(item, value);
  }
}

function child(into: Patch, key: string): Patch {
  into[key] ??= {};
  return into[key] as Patch;
}

function itemOf(into: Patch, key: string, name: string): Patch {
  into[key] ??= [];
  const list = into[key] as Patch[];
  const known = list.find((one) => one['name'] === name);
  if (known !== undefined) return known;
  const item: Patch = { name };
  list.push(item);
  return item;
}
