import type { Held, HoldReason } from '../model/plan.ts';
import type { Condition, ConditionType } from '../model/status.ts';
import { withMembers } from '../model/with-members.ts';

/** What one reconcile found. All that status says of a resource is derived from this. */
export interface Outcome {
  readonly generation: number;
  /** Drift is empty: the only meaning of "converged". */
  readonly converged: boolean;
  /** What is in force works: others may stand on it, though it may be about to go, or a change waits. */
  readonly ready: boolean;
  readonly held: readonly Held[];
  readonly pending: number;
  readonly failure?: { readonly code: string; readonly message: string; readonly final: boolean };
  /** What its own probes say while it runs. */
  readonly probe?: { readonly ready: boolean; readonly failing: boolean; readonly message: string };
  /** Why the definition before is back. */
  readonly rolledBack?: { readonly reason: string; readonly message: string };
  readonly working?: string;
  /** The step that is being done right now, in words. */
  readonly underWay?: string;
  /** What a mere look found to do: nobody does it for now. */
  readonly due?: readonly string[];
  readonly degraded?: string;
  /** The host's policy would not start it again. */
  readonly forbidden?: string;
  readonly suspended?: string;
  /** The file that declares it is bad: the last good spec holds. */
  readonly specProblem?: string;
  /** Several sources declare it. */
  readonly conflict?: string;
}

interface Finding {
  readonly type: ConditionType;
  readonly status: Condition['status'];
  readonly reason: string;
  readonly message: string;
}

/** Kubernetes' rules: Ready and InSync always stand; abnormal conditions only while they are true. */
export function conditionsOf(
  outcome: Outcome,
  before: readonly Condition[],
  now: string,
): readonly Condition[] {
  return findings(outcome).map((found): Condition => {
    const old = before.find(({ type }) => type === found.type);
    const same = old?.status === found.status;
    return withMembers(found, {
      lastTransitionTime: same && old ? old.lastTransitionTime : now,
      observedGeneration: outcome.generation,
    });
  });
}

function findings(outcome: Outcome): Finding[] {
  const { failure, held, converged, underWay, working = underWay, due } = outcome;
  const taken = failure?.code === 'domain-conflict' || failure?.code === 'image-locked';
  const found: Finding[] = [ready(outcome)];
  if (converged)
    found.push({ type: 'InSync', status: 'True', reason: 'InSync', message: 'the host is as the spec says' });
  else {
    const [first] = held;
    found.push({
      type: 'InSync',
      status: 'False',
      reason: first?.reason ?? (failure ? 'Failed' : due ? 'NotReconciled' : 'Progressing'),
      message:
        first?.message ?? failure?.message ?? (due ? notDone(due) : (underWay ?? 'changes are under way')),
    });
  }
  if (working !== undefined || (failure && !failure.final)) {
    found.push({
      type: 'Reconciling',
      status: 'True',
      reason: failure ? 'ProgressingWithRetry' : 'Progressing',
      message: failure?.message ?? underWay ?? working ?? '',
    });
  }
  if (failure?.final || outcome.specProblem !== undefined) {
    const message = outcome.specProblem ?? failure?.message ?? '';
    found.push({
      type: 'Stalled',
      status: 'True',
      reason: outcome.specProblem === undefined ? camel(failure?.code ?? 'failed') : 'InvalidSpec',
      message,
    });
  }
  if (outcome.pending > 0) {
    const message =
      held.find(({ reason }) => reason === 'RestartPolicy')?.message ??
      `${outcome.pending} changes need a restart`;
    found.push({ type: 'RestartRequired', status: 'True', reason: 'PendingChanges', message });
  }
  if (outcome.rolledBack) found.push({ type: 'RolledBack', status: 'True', ...outcome.rolledBack });
  if (outcome.suspended !== undefined)
    found.push({ type: 'Suspended', status: 'True', reason: 'Suspended', message: outcome.suspended });
  if (outcome.forbidden !== undefined)
    found.push({ type: 'Degraded', status: 'True', reason: 'PolicyViolation', message: outcome.forbidden });
  else if (outcome.degraded !== undefined)
    found.push({ type: 'Degraded', status: 'True', reason: 'Degraded', message: outcome.degraded });
  if (taken)
    found.push({ type: 'Conflict', status: 'True', reason: camel(failure.code), message: failure.message });
  else if (outcome.conflict !== undefined)
    found.push({ type: 'Conflict', status: 'True', reason: 'DeclaredTwice', message: outcome.conflict });
  return found;
}

/** Something stood in the way of whoever tried. */
export function isStuck(conditions: readonly Condition[]): boolean {
  return conditions.some(
    ({ type, status, reason }) =>
      type === 'InSync' && status === 'False' && reason !== 'Progressing' && reason !== 'NotReconciled',
  );
}

/** A change of what runs, which runs on meanwhile. */
const waits: ReadonlySet<HoldReason> = new Set(['RestartPolicy', 'MaxUnavailable', 'MaxDisruption', 'Brake']);

function notDone(due: readonly string[]): string {
  return `not done yet: ${due.join(' → ')}; a daemon or \`qonverge apply\` does it`;
}

function ready({
  failure,
  converged,
  held,
  underWay,
  working = underWay,
  due,
  ...outcome
}: Outcome): Finding {
  const finding = (status: Finding['status'], reason: string, message: string): Finding => ({
    type: 'Ready',
    status,
    reason,
    message,
  });
  const [first] = held.filter(({ reason }) => reason !== 'RestartPolicy');
  if (failure) return finding('False', camel(failure.code), failure.message);
  if (first?.reason === 'Unknown') return finding('Unknown', first.reason, first.message);
  const { probe } = outcome;
  const works = outcome.ready || (held.length > 0 && held.every(({ reason }) => waits.has(reason)));
  if (probe && !probe.ready && (converged || works))
    return finding('False', probe.failing ? 'ProbeFailing' : 'ProbePending', probe.message);
  // It works as it was accepted; what waits does not make it less ready.
  if (converged) return finding('True', 'Converged', '');
  if (due) return finding('Unknown', 'NotReconciled', notDone(due));
  if (works)
    return finding('True', outcome.pending > 0 ? 'PendingChanges' : (first?.reason ?? 'Accepted'), '');
  if (first) return finding('False', first.reason, first.message);
  return finding('Unknown', 'Progressing', working ?? 'changes are under way');
}

/** `image-locked` → `ImageLocked`: the form of reasons. */
export function camel(code: string): string {
  return code.replace(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase());
}
