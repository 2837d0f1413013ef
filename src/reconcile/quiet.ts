import type { Live } from '../model/resource.ts';
import type { ResourceRecord } from '../state/records.ts';
import type { Entry } from './entry.ts';

/** Nothing that a look stands on is another than when it was last found as wanted, and nobody asked for more than a look. */
export function isQuiet(entry: Entry, live: Live | undefined, record: ResourceRecord | undefined): boolean {
  const { quiet, declaration, onTrial, requested, retry } = entry;
  if (!quiet || onTrial || requested || retry) return false;
  return quiet.declaration === declaration && quiet.record === record && areSame(quiet.live, live);
}

/** Drivers put facts together anew with every look; the parts of those that did not change are the same objects. */
function areSame(one: Live | undefined, other: Live | undefined): boolean {
  if (one === other) return true;
  if (!one || !other) return false;
  const facts = Object.entries(one);
  const others = other as unknown as Readonly<Record<string, unknown>>;
  return (
    facts.length === Object.keys(others).length &&
    facts.every(([name, fact]) => Object.hasOwn(others, name) && Object.is(fact, others[name]))
  );
}
