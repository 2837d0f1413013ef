import { isRestart } from '../plan/plan-resource.ts';
import type { ResourceRecord } from '../state/records.ts';
import type { Outcome } from './conditions.ts';
import type { Entry } from './entry.ts';
import { suspension } from './gate.ts';
import type { ResourceIndex } from './resource-index.ts';
import { rollbackHeld, rollbackOf } from './rollback.ts';
import { pendingOf } from './status-of.ts';

/** What is known of a key after a look, as its conditions tell it. */
export function outcomeOf(
  entry: Entry,
  record: ResourceRecord | undefined,
  index: ResourceIndex,
  now: Date,
): Outcome {
  const { converged, ready, held, failure, forbidden, done, due } = entry;
  const live = entry.live as { readonly degraded?: string } | undefined;
  const problem = index.problemOf(entry);
  const conflict = index.conflictOf(entry);
  const probe = index.readiness(entry);
  const back = rollbackOf(entry, record);
  const suspended = suspension(record, now);
  const working = !converged && !failure && held.length === 0 ? (done.at(-1) ?? 'looking') : undefined;
  return {
    generation: record?.generation ?? 0,
    converged,
    ready,
    held,
    pending: pendingOf(entry).filter(({ impact }) => isRestart(impact)).length,
    ...(failure ? { failure } : {}),
    ...(probe ? { probe } : {}),
    ...(back ? { rolledBack: { reason: back.reason, message: rollbackHeld(entry.key, back).message } } : {}),
    ...(due.length > 0 ? { due } : working === undefined ? {} : { working }),
    ...(forbidden === undefined ? {} : { forbidden }),
    ...(live?.degraded === undefined ? {} : { degraded: live.degraded }),
    ...(suspended === undefined ? {} : { suspended }),
    ...(problem === undefined ? {} : { specProblem: problem }),
    ...(conflict === undefined ? {} : { conflict }),
  };
}
