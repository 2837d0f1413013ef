import type { DomainDef } from '../../model/domain.ts';
import type { DriftedPath, LiveDomain } from '../../model/domain-live.ts';
import type { Change, Held } from '../../model/plan.ts';
import { type ReconcileMode, reconcileAnnotation } from '../../model/reconcile-mode.ts';
import { isPausedByOthers } from './drift.ts';

/** Of all differences, those that someone else made. */
export function driftChanges(
  live: LiveDomain | undefined,
  desired: DomainDef,
  changes: readonly Change[],
): readonly Change[] {
  const paths = new Set(live?.drifted?.map(({ path }) => path));
  const paused = desired.spec.runStrategy !== 'Halted' && isPausedByOthers(live);
  return changes.filter(({ path }) => paths.has(path) || (path === 'state' && paused));
}

/** What someone else changed, the pause included. */
export function domainDrifted(live: LiveDomain): readonly DriftedPath[] {
  const pause: readonly DriftedPath[] = isPausedByOthers(live)
    ? [{ path: 'state', lastApplied: 'running', live: 'paused' }]
    : [];
  return [...(live.drifted ?? []), ...pause];
}

export function toldOnly(key: Held['key'], changes: readonly Change[]): Held {
  const paths = changes.map(({ path }) => path).join(', ');
  return {
    key,
    reason: 'Drift',
    message: `${paths}: changed by someone else; ${reconcileAnnotation} warn only tells (\`qonverge drift ${key.name}\`)`,
    impact: 'none',
    changes,
    actions: [],
  };
}

/** It is people's: what differs is told, and their orders are all that is done. */
export function leftToPeople(
  key: Held['key'],
  mode: ReconcileMode,
  state: string,
  changes: readonly Change[],
): Held[] {
  if (changes.length === 0) return [];
  const message = `${state}; ${reconcileAnnotation} ${mode} leaves it as it is, until a person says start, stop or restart`;
  return [{ key, reason: 'Drift', message, impact: 'none', changes, actions: [] }];
}
