import type { DomainDef } from '../../model/domain.ts';
import type { DriftedPath, LiveDomain } from '../../model/domain-live.ts';
import type { Change, Held } from '../../model/plan.ts';
import type { KindPlan } from '../contract.ts';
import { isPausedByOthers } from './drift.ts';

/**
 * What is done about a difference: `enforce` puts it right (default); `warn` tells of what others changed and applies
 * only what the spec changes; `ensure-exists` defines and starts, and changes nothing later; `disabled` looks on.
 */
export const reconcileModes = ['enforce', 'warn', 'ensure-exists', 'disabled'] as const;
export type ReconcileMode = (typeof reconcileModes)[number];

export const reconcileAnnotation = 'qonverge/reconcile';

export function reconcileMode({ metadata }: DomainDef): ReconcileMode {
  const word = metadata.annotations?.[reconcileAnnotation];
  return reconcileModes.find((mode) => mode === word) ?? 'enforce';
}

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

/** It is there; the rest is not ours to change. */
export function leftAlone(
  key: Held['key'],
  mode: ReconcileMode,
  live: LiveDomain,
  changes: readonly Change[],
): KindPlan<'Domain'> {
  if (changes.length === 0) return { steps: [], held: [] };
  const message = `${live.state}; ${reconcileAnnotation} ${mode} leaves it as it is`;
  return { steps: [], held: [{ key, reason: 'Drift', message, impact: 'none', changes, actions: [] }] };
}
