import type { Def, KeyText, Live } from '../model/resource.ts';
import { isRestart, planResource, type ResourcePlan } from '../plan/plan-resource.ts';
import { rulesOf } from '../plan/rules-of.ts';
import type { ControllerDeps } from './deps.ts';
import type { Entry } from './entry.ts';
import { gateOf, policyFor } from './gate.ts';
import type { WorkQueue } from './queue.ts';
import { backAgain } from './record-changes.ts';
import type { ResourceIndex } from './resource-index.ts';
import { RestartTurns } from './restart-turns.ts';

/** What is to be done for one key, within what policy, the brakes and the turns of restarts allow. */
export class Planner {
  readonly #deps: ControllerDeps;
  readonly #index: ResourceIndex;
  readonly #queue: Pick<WorkQueue, 'add'>;
  readonly #turns = new RestartTurns();
  /** Would go, if nothing needed them. */
  readonly #needed = new Set<KeyText>();

  constructor(deps: ControllerDeps, index: ResourceIndex, queue: Pick<WorkQueue, 'add'>) {
    this.#deps = deps;
    this.#index = index;
    this.#queue = queue;
    // Those that an earlier life took down are not forgotten.
    for (const [text, { restart }] of deps.store.entries()) if (restart?.down) this.#turns.take(text);
  }

  /** `failing`: subjects of steps that are left out. */
  plan(
    entry: Entry,
    desired: Def | undefined,
    live: Live | undefined,
    failing?: Pick<ReadonlySet<string>, 'has'>,
  ): ResourcePlan {
    const { kinds, store } = this.#deps;
    const { key, text } = entry;
    const rules = rulesOf(kinds, key.kind);
    const allowed = gateOf(entry, desired, store.get(key), this.#index, this.#deps);
    const gate = failing === undefined ? allowed : { ...allowed, failing };
    if (gate.neededBy === undefined) this.#needed.delete(text);
    else this.#needed.add(text);
    const plan = planResource(key, rules, desired, live, gate);
    const revision = desired && this.#index.revisionOf(entry);
    if (!revision) return plan;
    const restarts = !entry.requested && plan.steps.some(({ impact }) => isRestart(impact));
    for (const other of revision.saw(text, restarts)) if (other !== text) this.#queue.add(other);
    if (!restarts) return plan;
    const brake = revision.restartBrake(text);
    if (brake.braked !== undefined || brake.blockedBy !== undefined)
      return planResource(key, rules, desired, live, { ...gate, ...brake });
    const unavailable = this.#turns.refuse(text, policyFor(this.#deps, revision.policy).maxUnavailable);
    return unavailable === undefined
      ? plan
      : planResource(key, rules, desired, live, { ...gate, unavailable });
  }

  /** It restarts now: others wait until it is back. */
  takeTurn(text: KeyText): void {
    this.#turns.take(text);
  }

  /** It is back: who waited for that is next. */
  endTurn({ key, text }: Pick<Entry, 'key' | 'text'>): void {
    const { store, log } = this.#deps;
    for (const other of this.#turns.release(text)) this.#queue.add(other);
    if (!store.get(key)?.restart?.down) return;
    store
      .update(key, (record) => record && backAgain(record))
      .catch((error: unknown) =>
        log.error('a turn cannot be given back', { key: text, error: String(error) }),
      );
  }

  /** What stands on others has changed: who would go may be free to. */
  wakeNeeded(): void {
    for (const text of this.#needed) this.#queue.add(text);
  }

  /** It is gone for good. */
  forget(entry: Pick<Entry, 'key' | 'text'>): void {
    this.#needed.delete(entry.text);
    this.endTurn(entry);
  }
}
