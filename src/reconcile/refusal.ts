import type { Failure } from '../model/failure.ts';
import type { Step } from '../model/plan.ts';

/** A guest has said no to a step: that step waits, longer each time; what else is to be done does not. */
export interface Refusal {
  readonly type: string;
  readonly times: number;
  /** Of the monotonic clock. */
  readonly until: number;
}

const longest = 15 * 60_000;

/** Undefined: this failure is no refusal. */
export function refusalOf(
  { retry }: Failure,
  step: Step | undefined,
  before: Refusal | undefined,
  now: number,
): Refusal | undefined {
  if (typeof retry !== 'object' || retry.growing !== true || step === undefined) return undefined;
  const { type } = step.action;
  const times = before?.type === type ? before.times + 1 : 1;
  return { type, times, until: now + Math.min(longest, retry.after * 2 ** (times - 1)) };
}

/** Milliseconds until the guest is asked again. Another definition is another question. */
export function refusalLeft(refusal: Refusal | undefined, steps: readonly Step[], now: number): number {
  const asks = steps.some(({ action }) => action.type === refusal?.type);
  if (refusal === undefined || !asks || steps.some(({ action }) => action.type === 'define')) return 0;
  return Math.max(0, refusal.until - now);
}
