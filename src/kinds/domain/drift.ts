import type { DomainDef } from '../../model/domain.ts';
import type { LiveDomain } from '../../model/domain-live.ts';
import type { Change } from '../../model/plan.ts';
import { diff } from '../diff.ts';
import { domainImpact } from './impact.ts';
import { powerVerdict } from './power.ts';

/** QEMU is there: running, paused, or down and not yet cleared away. */
export function isActive(live: LiveDomain | undefined): boolean {
  return (
    live !== undefined &&
    live.running !== undefined &&
    !['shutoff', 'nostate', 'unknown'].includes(live.state)
  );
}

/** Guest code can run, or goes on by `cont`. */
export function isUp(live: LiveDomain | undefined): boolean {
  return isActive(live) && live !== undefined && !['crashed', 'in shutdown'].includes(live.state);
}

/**
 * Every difference between the wanted domain and this host: definition against what runs (else what is stored), and
 * the power state. Empty ⇔ converged.
 */
export function domainDrift(desired: DomainDef | undefined, live: LiveDomain | undefined): readonly Change[] {
  if (!desired && !live) return [];
  if (!desired)
    return [
      { path: '', operation: 'remove', current: live?.state, impact: isActive(live) ? 'restart' : 'none' },
    ];
  if (!live?.defined) {
    const changes: Change[] = [
      { path: '', operation: 'add', desired: desired.metadata.name, impact: 'none' },
    ];
    return live
      ? [...changes, ...definitionChanges(live.running, desired), ...powerChanges(desired, live)]
      : changes;
  }
  const stored = live.defined === desired ? [] : definitionChanges(live.defined, desired);
  const running = isActive(live) ? definitionChanges(live.running, desired) : [];
  const seen = new Set(running.map(({ path }) => path));
  return [
    ...running,
    ...stored.filter(({ path }) => !seen.has(path)).map((change): Change => ({ ...change, impact: 'none' })),
    ...powerChanges(desired, live),
  ];
}

/** What a restart would change in a running guest: the pending part of the drift. */
export function pendingChanges(changes: readonly Change[]): readonly Change[] {
  return changes.filter(({ path, impact }) => path !== 'state' && path !== '' && impact !== 'none');
}

function definitionChanges(current: DomainDef | undefined, desired: DomainDef): readonly Change[] {
  if (!current || current === desired) return [];
  return diff(current, desired).map((change): Change => ({ ...change, impact: domainImpact(change.path) }));
}

function powerChanges(desired: DomainDef, live: LiveDomain): readonly Change[] {
  if (live.state === 'unknown') {
    return [{ path: 'state', operation: 'replace', current: 'unknown', desired: 'known', impact: 'none' }];
  }
  const { want } = powerVerdict(desired, live);
  const up = isUp(live);
  if (want === 'running' && !up)
    return [{ path: 'state', operation: 'replace', current: live.state, desired: 'running', impact: 'none' }];
  if (want === 'stopped' && up)
    return [
      { path: 'state', operation: 'replace', current: live.state, desired: 'shutoff', impact: 'restart' },
    ];
  if (up && live.intent?.restart)
    return [
      { path: 'state', operation: 'replace', current: live.state, desired: 'restarted', impact: 'restart' },
    ];
  // A guest that stopped itself is cleared away whatever comes next.
  if (live.state === 'in shutdown')
    return [{ path: 'state', operation: 'replace', current: live.state, desired: 'shutoff', impact: 'none' }];
  return [];
}
