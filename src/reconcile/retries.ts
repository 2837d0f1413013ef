import type { Failure } from '../model/failure.ts';
import type { Step } from '../model/plan.ts';
import { isRestart } from '../plan/plan-resource.ts';
import { rulesOf } from '../plan/rules-of.ts';
import { backoffCap, backoffDelay, backoffLeft, nextBackoff } from './backoff.ts';
import type { ControllerDeps } from './deps.ts';
import type { Entry } from './entry.ts';
import { withBackoff } from './record-changes.ts';
import { type Refusals, refusalOf, refusedNow } from './refusal.ts';

/** What a backoff does not delay: writing down, and taking down. */
export const undelayed: ReadonlySet<string> = new Set([
  'define',
  'catch-reboot',
  'reap',
  'shutdown',
  'destroy',
  'undefine',
]);

/** What may be done now, and how long what is left out has to wait: milliseconds. */
export interface Turn {
  readonly steps: readonly Step[];
  readonly backoff: number;
}

/** A step that failed while others went on. */
export interface FailedStep {
  readonly step: Step;
  readonly failure: Failure;
}

/** When a key may try again: after crashes and failures, which are kept on disk, and after what its guest refused. */
export class Retries {
  readonly #deps: ControllerDeps;

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
  }

  turn(entry: Entry, steps: readonly Step[]): Turn {
    const backoff = this.#backoffLeft(entry, steps);
    const now = backoff > 0 ? leading(steps, ({ action }) => !undelayed.has(action.type)) : steps;
    return { steps: now, backoff };
  }

  /** What of these steps waits, because its guest refused it. */
  refused({ requested, retry, refusals }: Entry, steps: readonly Step[]): Refusals {
    return requested || retry ? new Map() : refusedNow(refusals, steps, this.#deps.clock.monotonic());
  }

  /** Milliseconds until the first of them is asked for again. */
  refusalLeft(refused: Refusals): number {
    const until = Math.min(...[...refused.values()].map((refusal) => refusal.until));
    return refused.size === 0 ? 0 : Math.max(0, until - this.#deps.clock.monotonic());
  }

  /** A crash counts once, however often it is seen. */
  async countCrash({ key, text, live }: Entry): Promise<boolean> {
    const { kinds, store, clock, events, random } = this.#deps;
    const crash = live && rulesOf(kinds, key.kind).crash?.(live);
    const record = store.get(key);
    if (!crash || !record || record.backoff?.counted === crash.at) return false;
    const backoff = nextBackoff(record.backoff, clock.now(), random(), crash.reason);
    await store.update(key, (present) => withBackoff(present, { ...backoff, counted: crash.at }));
    events.append({ key: text, type: 'Warning', reason: 'Crashed', message: crash.reason });
    return true;
  }

  /** Keeps what its guest refused just now, and forgets what it took. */
  noteRefusals(entry: Entry, tried: readonly Step[], failed: readonly FailedStep[]): void {
    const now = this.#deps.clock.monotonic();
    const before = entry.refusals ?? new Map();
    const asked = new Set(tried.map(({ subject }) => subject));
    const kept = [...before].filter(([subject]) => !asked.has(subject));
    const fresh = failed.flatMap(({ step: { subject = '' }, failure }) => {
      const refusal = refusalOf(failure, before.get(subject), now);
      return refusal ? [[subject, refusal] as const] : [];
    });
    entry.refusals = new Map([...kept, ...fresh]);
  }

  /** Counts the failure of a pass; milliseconds until its key is looked at again. */
  async afterFailure(entry: Entry, failure: Failure): Promise<number> {
    const { store, clock, random } = this.#deps;
    const { key } = entry;
    const { retry, message } = failure;
    if (typeof retry === 'object')
      return retry.growing ? this.refusalLeft(entry.refusals ?? new Map()) + 5 : retry.after;
    // The driver recorded a failed start as a crash: then that is what counts.
    if (!(await this.countCrash(entry))) {
      // Only a person can help. But no event tells that the host was repaired.
      const least = retry === 'never' ? backoffCap : 0;
      await store.update(key, (record) =>
        withBackoff(record, nextBackoff(record?.backoff, clock.now(), random(), message, least)),
      );
    }
    entry.laps++;
    const record = store.get(key);
    const left = record ? backoffLeft(record.backoff, clock.now()) : backoffDelay(entry.laps);
    return Math.max(1_000, left);
  }

  #backoffLeft({ key, requested, retry }: Entry, steps: readonly Step[]): number {
    if (requested || retry) return 0;
    // A new definition starts anew; what takes down is not delayed.
    if (steps.some(({ action }) => action.type === 'define')) return 0;
    if (steps.every(({ action }) => undelayed.has(action.type))) return 0;
    return backoffLeft(this.#deps.store.get(key)?.backoff, this.#deps.clock.now());
  }
}

/** What comes before the first step that has to wait. */
function leading(steps: readonly Step[], waits: (step: Step) => boolean): readonly Step[] {
  const at = steps.findIndex(waits);
  if (at < 0) return steps;
  return steps.slice(0, at).some(({ impact }) => isRestart(impact)) ? [] : steps.slice(0, at);
}
