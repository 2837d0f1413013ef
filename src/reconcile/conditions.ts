import type { Held } from '../model/plan.ts';
import type { Condition, ConditionType } from '../model/status.ts';

/** What one reconcile found. All that status says of a resource is derived from this. */
export interface Outcome {
  readonly generation: number;
  /** Drift is empty: the only meaning of "converged". */
  readonly converged: boolean;
  readonly held: readonly Held[];
  readonly pending: number;
  readonly failure?: { readonly code: string; readonly message: string; readonly final: boolean };
  readonly working?: string;
  readonly degraded?: string;
  readonly suspended?: string;
  /** The file that declares it is bad: the last good spec holds. */
  readonly specProblem?: string;
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
    return {
      ...found,
      lastTransitionTime: same && old ? old.lastTransitionTime : now,
      observedGeneration: outcome.generation,
    };
  });
}

function findings(outcome: Outcome): Finding[] {
  const { failure, held, converged, working } = outcome;
  const conflict = failure?.code === 'domain-conflict' || failure?.code === 'image-locked';
  const blocking = held.filter(({ reason }) => reason !== 'RestartPolicy');
  const found: Finding[] = [ready(outcome, blocking)];
  if (converged)
    found.push({ type: 'InSync', status: 'True', reason: 'InSync', message: 'the host is as the spec says' });
  else {
    const [first] = held;
    found.push({
      type: 'InSync',
      status: 'False',
      reason: first?.reason ?? (failure ? 'Failed' : 'Progressing'),
      message: first?.message ?? failure?.message ?? 'changes are under way',
    });
  }
  if (working !== undefined || (failure && !failure.final)) {
    found.push({
      type: 'Reconciling',
      status: 'True',
      reason: failure ? 'ProgressingWithRetry' : 'Progressing',
      message: failure?.message ?? working ?? '',
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
  if (outcome.suspended !== undefined)
    found.push({ type: 'Suspended', status: 'True', reason: 'Suspended', message: outcome.suspended });
  if (outcome.degraded !== undefined)
    found.push({ type: 'Degraded', status: 'True', reason: 'Degraded', message: outcome.degraded });
  if (conflict && failure)
    found.push({ type: 'Conflict', status: 'True', reason: camel(failure.code), message: failure.message });
  return found;
}

function ready({ failure, converged, working, pending }: Outcome, blocking: readonly Held[]): Finding {
  const [first] = blocking;
  if (failure)
    return { type: 'Ready', status: 'False', reason: camel(failure.code), message: failure.message };
  if (first)
    return {
      type: 'Ready',
      status: first.reason === 'Unknown' ? 'Unknown' : 'False',
      reason: first.reason,
      message: first.message,
    };
  if (working !== undefined)
    return { type: 'Ready', status: 'Unknown', reason: 'Progressing', message: working };
  // It runs as it was started; what waits for a restart does not make it less ready.
  if (converged || pending > 0)
    return { type: 'Ready', status: 'True', reason: converged ? 'Converged' : 'PendingChanges', message: '' };
  return { type: 'Ready', status: 'Unknown', reason: 'Progressing', message: 'changes are under way' };
}

function camel(code: string): string {
  return code.replace(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase());
}
