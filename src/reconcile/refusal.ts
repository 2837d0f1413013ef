import { Failure, type FailureCode } from '../model/failure.ts';
import type { Step } from '../model/plan.ts';

/** A guest has said no to a step: that step waits, longer each time; what else is to be done does not. */
export interface Refusal {
  readonly times: number;
  /** Of the monotonic clock. */
  readonly until: number;
  readonly failure: Failure;
}

/** By the subjects of steps. */
export type Refusals = ReadonlyMap<string, Refusal>;

const longest = 15 * 60_000;

/** Undefined: this failure is no refusal. */
export function refusalOf(failure: Failure, before: Refusal | undefined, now: number): Refusal | undefined {
  const { retry } = failure;
  if (typeof retry !== 'object' || retry.growing !== true) return undefined;
  const times = (before?.times ?? 0) + 1;
  return { times, until: now + Math.min(longest, retry.after * 2 ** (times - 1)), failure };
}

/** What of these steps its guest is not asked for again by now. Another definition is another question. */
export function refusedNow(refusals: Refusals | undefined, steps: readonly Step[], now: number): Refusals {
  if (!refusals || steps.some(({ action }) => action.type === 'define')) return new Map();
  const asked = steps.flatMap(({ subject = '' }) => {
    const refusal = refusals.get(subject);
    return refusal && refusal.until > now ? [[subject, refusal] as const] : [];
  });
  return new Map(asked);
}

/** About the machine or this host as a whole: nothing else would go any better. */
const ofAll: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'cancelled',
  'internal',
  'qmp-timeout',
  'qmp-disconnected',
  'qmp-protocol',
  'monitor-busy',
  'domain-unknown',
  'domain-conflict',
  'domain-not-running',
  'state-corrupt',
  'state-newer',
  'state-write-failed',
  'state-locked',
]);

/** Whether steps that do not build on the one that failed may still be done. */
export function failsAlone({ code }: Failure): boolean {
  return !ofAll.has(code);
}

/** The first failure in the words of all, tried again as soon as any of them is. */
export function allOf(failures: readonly Failure[]): Failure {
  const [first = new Failure('internal', 'nothing failed'), ...more] = failures;
  if (more.length === 0) return first;
  const [soonest = first] = failures.toSorted((a, b) => patience(a) - patience(b));
  const { code, suggestion } = first;
  const message = failures.map((one) => one.message).join('; ');
  const options = { retry: soonest.retry, ...(suggestion === undefined ? {} : { suggestion }) };
  return new Failure(code, message, options);
}

/** Order of who is tried again first. */
function patience({ retry }: Failure): number {
  if (retry === 'backoff') return 0;
  if (retry === 'never') return 3;
  return retry.growing ? 2 : 1;
}
