import type { DomainDef } from '../../model/domain.ts';
import type { LiveDomain } from '../../model/domain-live.ts';
import { type Change, worstImpact } from '../../model/plan.ts';
import { isPeoples } from '../../model/reconcile-mode.ts';
import { type Difference, diff } from '../diff.ts';
import { leftBehind } from './impact/left-behind.ts';
import { restartPaths } from './impact/live-steps.ts';
import { domainImpact } from './impact/lookup.ts';
import { powerVerdict } from './power.ts';

/** QEMU is there: running, paused, or down and not yet cleared away. */
export function isActive(live: LiveDomain | undefined): boolean {
  return (
    live?.running !== undefined && live.state !== 'shutoff' && live.state !== 'nostate' && !isUnknown(live)
  );
}

/** Guest code can run, or goes on by `cont`. */
export function isUp(live: LiveDomain | undefined): boolean {
  return isActive(live) && live?.state !== 'crashed' && live?.state !== 'in shutdown';
}

/** QEMU stands before the first instruction, and nobody wants it so: a start was cut off. */
export function isHalfStarted(live: LiveDomain | undefined): boolean {
  return isUp(live) && live?.runState === 'prelaunch' && live.intent?.want !== 'paused';
}

/** Its vCPUs stand still, and nobody ordered that here. */
export function isPausedByOthers(live: LiveDomain | undefined): boolean {
  return isUp(live) && live?.runState === 'paused' && live.intent?.want !== 'paused';
}

function isUnknown(live: LiveDomain): boolean {
  return live.state === 'unknown';
}

/**
 * Every difference between the wanted domain and this host: definition against what runs (else what is stored), and
 * the power state. Empty ⇔ converged.
 */
export function domainDrift(desired: DomainDef | undefined, live: LiveDomain | undefined): readonly Change[] {
  if (!desired) {
    if (!live) return [];
    const impact = isActive(live) ? 'restart' : 'none';
    return [{ path: '', operation: 'remove', current: live.state, impact }];
  }
  const running = isUp(live) ? runningChanges(live?.running, desired) : [];
  const seen = new Set(running.map(({ path }) => path));
  const stored = storedChanges(live?.defined, desired).filter(({ path }) => !seen.has(path));
  return [
    ...stored,
    ...running,
    ...leftChanges(desired, live),
    ...powerChanges(desired, live),
    ...rebootChanges(desired, live, running.filter(needsRestart)),
  ];
}

/** A device that is gone as wanted may have left something in QEMU. */
function leftChanges(desired: DomainDef, live: LiveDomain | undefined): readonly Change[] {
  if (!isUp(live)) return [];
  return leftBehind(live, desired).map(({ list, alias }) => ({
    path: `spec.devices.${list}[${alias}]`,
    operation: 'remove',
    current: 'its backends',
    impact: 'none',
  }));
}

/** What a running guest lacks, live or not. What does nothing to the guest counts once it is written down. */
export function runningChanges(running: DomainDef | undefined, desired: DomainDef): readonly Change[] {
  if (!running || running === desired) return [];
  const changes = diff(running, desired)
    .map((change): Change => ({ ...withoutSecrets(change), impact: domainImpact(change.path) }))
    .filter(({ impact }) => impact !== 'none');
  if (changes.length === 0) return changes;
  const left = restartPaths(running, desired);
  return changes.map((change) => {
    if (left.has(change.path)) return { ...change, impact: worstImpact([change.impact, 'restart']) };
    // It comes or goes with a device: memory with its module.
    return needsRestart(change) ? { ...change, impact: 'guest' } : change;
  });
}

/** What only a restart brings into a running guest. */
export function pendingChanges(running: DomainDef | undefined, desired: DomainDef): readonly Change[] {
  return runningChanges(running, desired).filter(needsRestart);
}

export function needsRestart({ impact }: Change): boolean {
  return worstImpact([impact, 'guest']) !== 'guest';
}

/** What the definition on record lacks. Writing it down does nothing to the guest. */
export function storedChanges(defined: DomainDef | undefined, desired: DomainDef): readonly Change[] {
  if (defined === desired) return [];
  if (!defined) return [{ path: '', operation: 'add', desired: desired.metadata.name, impact: 'none' }];
  return diff(defined, desired).map((change): Change => ({ ...withoutSecrets(change), impact: 'none' }));
}

/** Plans and status are for everybody's eyes. */
function withoutSecrets(change: Difference): Difference {
  const isSecret = change.path.endsWith('.passwd');
  const masked = (value: unknown): unknown => {
    if (value === undefined) return undefined;
    if (isSecret) return '***';
    if (typeof value !== 'object') return value;
    return JSON.parse(JSON.stringify(value, (key, item: unknown) => (key === 'passwd' ? '***' : item)));
  };
  const { path, operation, current, desired } = change;
  return {
    path,
    operation,
    ...(current === undefined ? {} : { current: masked(current) }),
    ...(desired === undefined ? {} : { desired: masked(desired) }),
  };
}

function powerChanges(desired: DomainDef, live: LiveDomain | undefined): readonly Change[] {
  const state = live?.state ?? 'shutoff';
  const becomes = (word: string, impact: Change['impact']): readonly Change[] => [
    { path: 'state', operation: 'replace', current: state, desired: word, impact },
  ];
  if (state === 'unknown') return becomes('known', 'none');
  const { want } = powerVerdict(desired, live ?? absentDomain(desired));
  const up = isUp(live);
  if (want === 'running' && (!up || isHalfStarted(live))) return becomes('running', 'none');
  if (want === 'stopped' && isActive(live)) return becomes('shutoff', up ? 'restart' : 'none');
  if (up && live?.intent?.restart) return becomes('restarted', 'restart');
  if (want === 'running' && isPausedByOthers(live)) return becomes('running', 'none');
  if (!up && isActive(live) && !isKept(desired, live)) return becomes('shutoff', 'none');
  return [];
}

/** What QEMU does when its guest reboots: end, while something waits for that; reset otherwise. */
function rebootChanges(
  desired: DomainDef,
  live: LiveDomain | undefined,
  pending: readonly Change[],
): readonly Change[] {
  const current = live?.catchesReboot;
  if (!isUp(live) || current === undefined) return [];
  const wanted = pending.length > 0 && rebootBringsIn(desired, live);
  if (wanted === current) return [];
  return [{ path: 'catchesReboot', operation: 'replace', current, desired: wanted, impact: 'none' }];
}

/** Who reboots by itself may find the new machine, unless nobody but a person may restart it. */
function rebootBringsIn({ spec, metadata }: DomainDef, live: LiveDomain | undefined): boolean {
  const resets = (reaction: DomainDef['spec']['onReboot']) =>
    reaction === undefined || reaction === 'restart';
  if (isPeoples(metadata.annotations)) return false;
  return spec.restartPolicy !== 'Never' && resets(spec.onReboot) && resets(live?.running?.spec.onReboot);
}

/** A QEMU whose guest has stopped is cleared away, unless the spec preserves it. */
export function isKept({ spec }: DomainDef, live: LiveDomain | undefined): boolean {
  return live?.state === 'crashed' ? spec.onCrash === 'preserve' : spec.onPoweroff === 'preserve';
}

/** Nothing of it is here yet. */
export function absentDomain(desired: DomainDef): LiveDomain {
  return {
    name: desired.metadata.name,
    uuid: desired.spec.uuid ?? '',
    state: 'shutoff',
    starts: 0,
    bootId: '',
  };
}
