import type { DomainDef, RestartPolicy } from '../../model/domain.ts';
import type { DomainAction } from '../../model/domain-action.ts';
import type { LiveDomain } from '../../model/domain-live.ts';
import type { LiveChange } from '../../model/live-change.ts';
import type { Change, Held, Impact, Step } from '../../model/plan.ts';
import { isPeoples, reconcileMode } from '../../model/reconcile-mode.ts';
import type { KindPlan, PlanInput, WindowState } from '../contract.ts';
import { domainClaims } from './claims.ts';
import {
  absentDomain,
  isActive,
  isHalfStarted,
  isKept,
  isPausedByOthers,
  isUp,
  pendingChanges,
  runningChanges,
  storedChanges,
} from './drift.ts';
import { goesOn } from './goes-on.ts';
import { describe } from './impact/describe.ts';
import { leftBehind } from './impact/left-behind.ts';
import { liveSteps } from './impact/live-steps.ts';
import { withoutDevice } from './impact/with-device.ts';
import { openOrder, powerVerdict } from './power.ts';
import { driftChanges, leftToPeople, toldOnly } from './reconcile-mode.ts';

type DomainPlan = KindPlan<'Domain'>;
type DomainStep = Step<'Domain'>;

/** Seconds between a polite request and force, when the spec says nothing. */
export const defaultGracePeriod = 60;

/** What to do about a domain's drift, and what its own policies forbid for now. */
export function planDomain({
  key,
  desired,
  live,
  changes,
  window,
  approvedBy,
  failing,
}: PlanInput<'Domain'>): DomainPlan {
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
    step({ type: 'define', def: desired }, 'none', whyDefine(live?.defined, desired), stored);
  }
  const { want, reason, autostart } = powerVerdict(desired, live ?? absentDomain(desired));
  const power = changes.filter(({ path }) => path === 'state');
  const catchReboots = () => {
    for (const change of changes.filter(({ path }) => path === 'catchesReboot')) {
      const on = change.desired === true;
      const why = on ? 'a reboot by the guest brings in what is pending' : 'nothing is pending any more';
      step({ type: 'catch-reboot', catch: on }, 'none', why, [change]);
    }
  };
  const mode = reconcileMode(desired.metadata.annotations);
  if (isLeftToPeople(desired, live)) {
    catchReboots();
    const left = changes.filter(({ path, impact }) => path === 'state' || impact !== 'none');
    return { steps, held: leftToPeople(key, mode, live?.state ?? 'shutoff', left) };
  }
  const start: DomainAction = { type: 'start', def: desired, ...(autostart ? { autostart } : {}) };

  if (!isUp(live)) {
    // A QEMU whose guest has stopped is cleared away before anything else.
    if (isActive(live) && (want !== 'any' || !isKept(desired, live)))
      step({ type: 'reap' }, 'none', `${live?.state}: what is left of QEMU is cleared away`, power);
    if (want !== 'running') return { steps, held: [] };
    const saved = live && goesOn(live);
    const gone = saved ? disksOnlyOf(saved, desired) : [];
    if (saved && gone.length > 0) return { steps, held: [savedOtherwise(key, saved, desired, gone)] };
    const why = saved ? `${reason}; it goes on from its saved state` : reason;
    step(start, 'none', why, isActive(live) ? [] : power);
    return { steps, held: [] };
  }
  if (want === 'stopped') {
    step(shutdown(desired), 'restart', reason, power);
    return { steps, held: [] };
  }
  if (want === 'running' && isHalfStarted(live)) step(start, 'none', 'its start was cut off', power);
  const puts = mode === 'enforce';
  const drifted = puts ? [] : driftChanges(live, desired, changes);
  if (puts && want === 'running' && isPausedByOthers(live))
    step({ type: 'unpause' }, 'none', 'paused by someone else', power);
  // Where drift is only told, our changes go on top of what we applied last.
  const base = puts ? live?.running : (live?.applied ?? live?.running);
  const pending = pendingChanges(base, desired);
  const asked = live?.intent?.restart === true;
  const allowed = pending.length > 0 ? mayRestart(desired, window, approvedBy) : undefined;
  if (asked || allowed !== undefined) {
    const why = asked ? `restart asked for by ${live?.intent?.by}` : (allowed ?? '');
    step(shutdown(desired), 'restart', why, [...pending, ...power]);
    step({ type: 'start', def: desired }, 'restart', why);
    return { steps, held: [] };
  }
  catchReboots();
  const running = runningChanges(base, desired);
  let applied = live?.applied;
  for (const device of leftBehind(live, desired)) {
    if (!applied) break;
    applied = withoutDevice(applied, device.list, device.alias);
    const change: LiveChange = { operation: 'detach', device };
    const reason = `its guest has let go of ${device.alias}: what is left of it is cleared away`;
    const action: DomainAction = { type: 'update', change, def: applied };
    steps.push({ key, action, impact: 'none', reason, changes: [], subject: describe(change) });
  }
  const tried = (change: LiveChange) => failing?.has(describe(change)) !== true;
  for (const { change, def, impact, about } of base ? liveSteps(base, desired, running, tried) : []) {
    const reason = describe(change);
    const action: DomainAction = { type: 'update', change, def };
    steps.push({ key, action, impact, reason, changes: about, subject: reason });
  }
  const held = pending.length > 0 ? [waiting(key, desired, pending, window)] : [];
  return { steps, held: drifted.length > 0 ? [...held, toldOnly(key, drifted)] : held };
}

/** Its spec hands it to people, it has come to be as far as that says, and nobody ordered anything. */
function isLeftToPeople({ metadata }: DomainDef, live: LiveDomain | undefined): boolean {
  if (!isPeoples(metadata.annotations) || (live && openOrder(live))) return false;
  return reconcileMode(metadata.annotations) === 'disabled' || (live?.starts ?? 0) > 0;
}

function whyDefine(defined: DomainDef | undefined, { metadata }: DomainDef): string {
  if (!defined) return 'not defined here yet';
  return defined.metadata.name === metadata.name
    ? 'the spec changed'
    : `renamed from ${defined.metadata.name}`;
}

/** Why its own policy lets it be restarted now, if it does. */
function mayRestart(
  { spec: { restartPolicy = 'Manual' } }: DomainDef,
  window: WindowState | undefined,
  approvedBy: string | undefined,
): string | undefined {
  if (restartPolicy === 'Immediate') return 'restartPolicy Immediate';
  if (restartPolicy === 'Window') return window?.open ? 'its maintenance window is open' : undefined;
  // An approval by name is the manual go-ahead; Never leaves it to those at the host.
  return approvedBy === undefined || restartPolicy === 'Never'
    ? undefined
    : `its restart was approved by ${approvedBy}`;
}

function waiting(
  key: Held['key'],
  desired: DomainDef,
  pending: readonly Change[],
  window: WindowState | undefined,
): Held {
  const policy = desired.spec.restartPolicy ?? 'Manual';
  const shown = pending.slice(0, 3).map(({ path }) => path);
  const more = pending.length > shown.length ? ` and ${pending.length - shown.length} more` : '';
  return {
    key,
    reason: 'RestartPolicy',
    message: `${shown.join(', ')}${more}: needs a restart; restartPolicy ${policy} waits for ${waitsFor(policy, key.name, window)}`,
    impact: 'restart',
    changes: pending,
    actions: ['shutdown', 'start'],
  };
}

/** Images that one definition writes and the other does not have. */
function disksOnlyOf(def: DomainDef, other: DomainDef): readonly string[] {
  const written = (one: DomainDef) =>
    domainClaims(one).flatMap(({ what, value, shared }) => (what === 'disk' && !shared ? [value] : []));
  const kept = new Set(written(other));
  return written(def).filter((value) => !kept.has(value));
}

/** What its memory knows of a disk may be wrong by now: nobody but a person decides. */
function savedOtherwise(
  key: Held['key'],
  saved: DomainDef,
  desired: DomainDef,
  gone: readonly string[],
): Held {
  const { name } = key;
  return {
    key,
    reason: 'SavedState',
    message: `it was saved with ${gone.join(', ')}, which it has no more, and others may have written to; take the change back and make it when it runs, or \`qonverge save ${name} --discard\` for a cold start`,
    impact: 'dataloss',
    changes: storedChanges(saved, desired),
    actions: ['start'],
  };
}

function waitsFor(policy: RestartPolicy, name: string, window: WindowState | undefined): string {
  const person = `\`qonverge restart ${name}\``;
  if (policy === 'Never') return person;
  if (policy !== 'Window') return `${person} or a reboot of the guest`;
  return window?.opens
    ? `its maintenance window (${window.opens}), or ${person}`
    : `${person}: no window opens`;
}

function removal({ key, changes }: PlanInput<'Domain'>, live: LiveDomain): DomainPlan {
  const def = live.defined ?? live.running;
  if (goesOn(live)) {
    const message = `it has a saved state: \`qonverge start ${key.name}\` goes on from it, \`qonverge save ${key.name} --discard\` gives it up`;
    const held: Held = {
      key,
      reason: 'SavedState',
      message,
      impact: 'dataloss',
      changes,
      actions: ['undefine'],
    };
    return { steps: [], held: [held] };
  }
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
export function shutdown({ spec }: DomainDef): DomainAction {
  return { type: 'shutdown', gracePeriod: spec.terminationGracePeriod ?? defaultGracePeriod, force: true };
}
