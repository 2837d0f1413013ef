import type { Failure } from '../model/failure.ts';
import type { Step } from '../model/plan.ts';
import { isRestart } from '../plan/plan-resource.ts';
import { rulesOf } from '../plan/rules-of.ts';
import { backoffCap, backoffDelay, backoffLeft, nextBackoff } from './backoff.ts';
import type { ControllerDeps } from './deps.ts';
import type { Entry } from './entry.ts';
import { withBackoff } from './record-changes.ts';
import { refusalLeft, refusalOf } from './refusal.ts';

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
  readonly refused: number;
}

/** When a key may try again: after crashes and failures, which are kept on disk, and after what its guest refused. */
export class Retries {
  readonly #deps: ControllerDeps;

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
  }

  turn(entry: Entry, steps: readonly Step[]): Turn {
    const backoff = this.#backoffLeft(entry, steps);
    const refused = this.#refusalLeft(entry, steps);
    const now = leading(steps, ({ action: { type } }) =>
      backoff > 0 ? !undelayed.has(type) : refused > 0 && type === entry.refusal?.type,
    );
    return { steps: now, backoff, refused };
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

  /** Counts the failure of a step; milliseconds until its key is looked at again. */
  async afterFailure(entry: Entry, failure: Failure, step: Step | undefined): Promise<number> {
    const { store, clock, random } = this.#deps;
    const { key } = entry;
    const { retry, message } = failure;
    if (typeof retry === 'object') {
      const now = clock.monotonic();
      entry.refusal = refusalOf(failure, step, entry.refusal, now);
      return entry.refusal ? entry.refusal.until - now + 5 : retry.after;
    }
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

  #refusalLeft({ requested, retry, refusal }: Entry, steps: readonly Step[]): number {
    return requested || retry ? 0 : refusalLeft(refusal, steps, this.#deps.clock.monotonic());
  }
}

/** What comes before the first step that has to wait. */
function leading(steps: readonly Step[], waits: (step: Step) => boolean): readonly Step[] {
  const at = steps.findIndex(waits);
  if (at < 0) return steps;
  return steps.slice(0, at).some(({ impact }) => isRestart(impact)) ? [] : steps.slice(0, at);
}
