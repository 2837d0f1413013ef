import type { DomainDef } from '../../model/domain.ts';
import type { DomainAction } from '../../model/domain-action.ts';
import type { LiveDomain } from '../../model/domain-live.ts';
import type { Change, Held, Impact, Step } from '../../model/plan.ts';
import type { KindPlan, PlanInput } from '../contract.ts';
import {
  absentDomain,
  isActive,
  isHalfStarted,
  isKept,
  isUp,
  pendingChanges,
  storedChanges,
} from './drift.ts';
import { powerVerdict } from './power.ts';

type DomainPlan = KindPlan<'Domain'>;
type DomainStep = Step<'Domain'>;

/** Seconds between a polite request and force, when the spec says nothing. */
const defaultGracePeriod = 60;

/** What to do about a domain's drift, and what its own policies forbid for now. */
export function planDomain({ key, desired, live, changes }: PlanInput<'Domain'>): DomainPlan {
  if (live?.state === 'unknown') {
    const message = live.confusion ?? 'cannot be proven alive or dead; nothing is touched';
    return { steps: [], held: [{ key, reason: 'Unknown', message, impact: 'none', changes, actions: [] }] };
  }
  if (!desired) return live ? removal({ key, desired, live, changes }, live) : { steps: [], held: [] };

  const steps: DomainStep[] = [];
  const step = (action: DomainAction, impact: Impact, reason: string, about: readonly Change[] = []) =>
    steps.push({ key, action, impact, reason, changes: about });

  const stored = storedChanges(live?.defined, desired);
  if (stored.length > 0) {
    const reason = live?.defined ? 'the spec changed' : 'not defined here yet';
    step({ type: 'define', def: desired }, 'none', reason, stored);
  }
  const { want, reason, autostart } = powerVerdict(desired, live ?? absentDomain(desired));
  const power = changes.filter(({ path }) => path === 'state');
  const start: DomainAction = { type: 'start', def: desired, ...(autostart ? { autostart } : {}) };

  if (!isUp(live)) {
    // A QEMU whose guest has stopped is cleared away before anything else.
    if (isActive(live) && (want !== 'any' || !isKept(desired, live)))
      step({ type: 'reap' }, 'none', `${live?.state}: what is left of QEMU is cleared away`, power);
    if (want === 'running') step(start, 'none', reason, isActive(live) ? [] : power);
    return { steps, held: [] };
  }
  if (want === 'stopped') {
    step(shutdown(desired), 'restart', reason, power);
    return { steps, held: [] };
  }
  if (want === 'running' && isHalfStarted(live)) step(start, 'none', 'its start was cut off', power);
  const pending = pendingChanges(live?.running, desired);
  const asked = live?.intent?.restart === true;
  if (asked || (pending.length > 0 && desired.spec.restartPolicy === 'Immediate')) {
    const why = asked ? `restart asked for by ${live?.intent?.by}` : 'restartPolicy Immediate';
    step(shutdown(desired), 'restart', why, [...pending, ...power]);
    step({ type: 'start', def: desired }, 'restart', why);
    return { steps, held: [] };
  }
  return { steps, held: pending.length > 0 ? [waiting(key, desired, pending)] : [] };
}

function waiting(key: Held['key'], desired: DomainDef, pending: readonly Change[]): Held {
  const policy = desired.spec.restartPolicy ?? 'Manual';
  const shown = pending.slice(0, 3).map(({ path }) => path);
  const more = pending.length > shown.length ? ` and ${pending.length - shown.length} more` : '';
  return {
    key,
    reason: 'RestartPolicy',
    message: `${shown.join(', ')}${more}: needs a restart; restartPolicy ${policy} waits for \`qonverge restart ${key.name}\``,
    impact: 'restart',
    changes: pending,
    actions: ['shutdown', 'start'],
  };
}

function removal({ key, changes }: PlanInput<'Domain'>, live: LiveDomain): DomainPlan {
  const def = live.defined ?? live.running;
  const policy = def?.spec.deletionPolicy ?? 'Shutdown';
  const reason = `no spec declares it any more (deletionPolicy ${policy})`;
  const steps: DomainStep[] = [];
  if (isActive(live) && policy !== 'Orphan') {
    const polite = isUp(live) && policy === 'Shutdown' && def !== undefined;
    const action: DomainAction = polite ? shutdown(def) : { type: 'destroy' };
    steps.push({ key, action, impact: 'restart', reason, changes });
  }
  const undefine: DomainAction = { type: 'undefine', ...(policy === 'Orphan' ? { keepRunning: true } : {}) };
  steps.push({ key, action: undefine, impact: 'none', reason, changes: steps.length === 0 ? changes : [] });
  return { steps, held: [] };
}

/** Politely first; past the grace period by force, since what comes next was asked for. */
function shutdown({ spec }: DomainDef): DomainAction {
  return { type: 'shutdown', gracePeriod: spec.terminationGracePeriod ?? defaultGracePeriod, force: true };
}
