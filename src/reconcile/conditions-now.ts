import type { Condition } from '../model/status.ts';
import type { ResourceRecord } from '../state/records.ts';
import { conditionsOf } from './conditions.ts';
import type { Entry } from './entry.ts';
import { outcomeOf } from './outcome-of.ts';
import type { ResourceIndex } from './resource-index.ts';

/** As the last look concluded; while a step is done, that it is: what was in sync is so no more. */
export function conditionsNow(
  entry: Entry,
  record: ResourceRecord | undefined,
  index: ResourceIndex,
  now: Date,
): readonly Condition[] {
  const { working, conditions } = entry;
  if (working === undefined) return conditions;
  const known = outcomeOf(entry, record, index, now);
  const outcome = {
    ...known,
    converged: false,
    ready: known.ready && !working.restarts,
    underWay: working.message,
  };
  return conditionsOf(outcome, conditions, working.since);
}
