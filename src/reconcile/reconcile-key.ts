import type { Driver } from '../drivers/contract.ts';
import { toFailure } from '../model/failure.ts';
import type { HistoryRow } from '../model/history.ts';
import type { Held, Step } from '../model/plan.ts';
import { type Def, type KeyText, type Kind, keyText, type ResourceKey } from '../model/resource.ts';
import { isRestart, planResource, type ResourcePlan } from '../plan/plan-resource.ts';
import { rulesOf } from '../plan/rules-of.ts';
import type { ResourceRecord } from '../state/records.ts';
import { Completion } from './completion.ts';
import { camel, conditionsOf, isStuck } from './conditions.ts';
import type { ControllerDeps } from './deps.ts';
import { type Entry, failureOf, type Quiet } from './entry.ts';
import { isOver, undefinedByPerson } from './gate.ts';
import { Identities } from './identities.ts';
import { type Attempt, newAttempt, noteHistory } from './note-history.ts';
import { outcomeOf } from './outcome-of.ts';
import { performSteps } from './perform.ts';
import { performIndependently } from './perform-independently.ts';
import { Planner } from './planner.ts';
import type { Prober } from './prober.ts';
import type { WorkQueue } from './queue.ts';
import { isQuiet } from './quiet.ts';
import { goingDown, movedTo, withCompleted, withoutSuspension } from './record-changes.ts';
import { allOf, type Refusals } from './refusal.ts';
import { Renamer } from './renamer.ts';
import type { ResourceIndex } from './resource-index.ts';
import { Retries, undelayed } from './retries.ts';
import { forgetLastRun, rollbackHeld, rollbackOf } from './rollback.ts';
import { judgeTrial } from './trial.ts';

/** Timers of Node end at 24 days. */
const longestSleep = 86_400_000;

interface Around {
  readonly index: ResourceIndex;
  readonly queue: Pick<WorkQueue, 'add' | 'addAfter' | 'aside' | 'isActive'>;
  readonly prober: Pick<Prober, 'follow'>;
}

/** The way of one change: look, complete, plan, act, look again. Drift that is empty is the only meaning of converged. */
export class KeyReconciler {
  readonly #deps: ControllerDeps;
  readonly #index: ResourceIndex;
  readonly #queue: Around['queue'];
  readonly #prober: Pick<Prober, 'follow'>;
  readonly #completion: Completion;
  readonly #renamer: Renamer;
  readonly #retries: Retries;
  readonly #planner: Planner;
  readonly #identities: Identities;

  constructor(deps: ControllerDeps, { index, queue, prober }: Around) {
    this.#deps = deps;
    this.#index = index;
    this.#queue = queue;
    this.#prober = prober;
    this.#completion = new Completion(deps);
    this.#retries = new Retries(deps);
    this.#renamer = new Renamer(deps, index, queue);
    this.#identities = new Identities(deps, index);
    this.#planner = new Planner(deps, index, queue);
  }

  /** Its probes say something new. */
  probed(entry: Entry): void {
    if (entry.looked) this.#conclude(entry);
  }

  async reconcile(entry: Entry, signal: AbortSignal): Promise<void> {
    const attempt = newAttempt();
    try {
      await this.#pass(entry, signal, attempt);
    } catch (error) {
      await this.#failed(entry, error, signal, attempt);
    } finally {
      entry.working = undefined;
    }
  }

  /** Facts and drift, and nothing done about it. What stands in the way was said by whoever tried last, if it was tried. */
  async inspect(entry: Entry, signal: AbortSignal): Promise<void> {
    const { key } = entry;
    const record = this.#deps.store.get(key);
    entry.live = await this.#driver(key.kind).observe(key, signal);
    this.#index.observed(entry, entry.live);
    const plan = planResource(key, rulesOf(this.#deps.kinds, key.kind), record?.def, entry.live);
    this.#learn(entry, { ...plan, steps: [] });
    entry.conditions = record?.conditions ?? [];
    if (!entry.converged && entry.held.length === 0 && isStuck(entry.conditions)) return;
    entry.due = plan.steps.map(({ action }) => action.type);
    this.#conclude(entry);
  }

  /** Facts only, and nothing concluded from them; a pass that comes first knows better. */
  async look(entry: Entry, signal: AbortSignal): Promise<void> {
    const live = await this.#driver(entry.key.kind)
      .observe(entry.key, signal)
      .catch(() => undefined);
    if (entry.looked || entry.live) return;
    entry.live = live;
    entry.conditions = this.#deps.store.get(entry.key)?.conditions ?? [];
  }

  async #pass(entry: Entry, signal: AbortSignal, attempt: Attempt): Promise<void> {
    const { done } = attempt;
    const { key, text, requested, retry } = entry;
    const { store } = this.#deps;
    const driver = this.#driver(key.kind);
    await this.#endSuspension(entry);
    const former = await this.#renamer.settle(entry);
    if (former === 'waits') return;
    if (former) this.#forgetFormer(former);
    let seen = this.#looking(entry);
    let live = await driver.observe(key, signal);
    if (this.#index.observed(entry, live)) this.#planner.wakeNeeded();
    if (isQuiet(entry, live, store.get(key)) && !(await this.#completion.isOutdated(entry))) return;
    entry.live = live;
    const trial = await judgeTrial(entry, this.#index.readiness(entry), this.#deps, signal);
    if (trial === 'over') {
      live = await driver.observe(key, signal);
      this.#index.observed(entry, live);
      entry.live = live;
      seen = this.#looking(entry);
    }
    if (typeof trial === 'number') this.#queue.addAfter(text, trial + 5);
    entry.quiet = undefined;
    await this.#retries.countCrash(entry);
    let desired = await this.#desired(entry);
    await this.#lookAtNeeds(desired ?? store.get(key)?.def, signal);
    let plan = this.#planner.plan(entry, desired, live);
    const refused = this.#retries.refused(entry, plan.steps);
    const possible = refused.size === 0 ? plan : this.#planner.plan(entry, desired, live, refused);
    const { steps, backoff } = this.#retries.turn(entry, possible.steps);
    const left = Math.max(backoff, this.#retries.refusalLeft(refused));
    if (steps.length > 0) {
      await this.#act(entry, desired, { steps, refused }, attempt, signal);
      seen = this.#looking(entry);
      live = await driver.observe(key, signal);
      this.#index.observed(entry, live);
      entry.live = live;
      desired = await this.#desired(entry);
      plan = this.#planner.plan(entry, desired, live);
    }
    if (!desired && !live && !store.get(key)) {
      this.#note(entry, attempt, { outcome: 'converged' });
      return this.#forget(entry);
    }
    this.#learn(entry, plan);
    entry.done = done;
    this.#noteOutcome(entry, attempt);
    if (refused.size > 0)
      entry.failure = failureOf(allOf([...refused.values()].map(({ failure }) => failure)));
    else if (left === 0) entry.failure = undefined;
    if (backoff > 0) entry.held = [...entry.held, waiting(entry, left, store.get(key)?.backoff?.lastError)];
    // An order that came meanwhile stands.
    const blocked = entry.held.some(({ reason }) => reason === 'DependencyNotReady');
    if (entry.requested === requested && !blocked) entry.requested = undefined;
    if (entry.retry === retry) entry.retry = undefined;
    if (entry.converged && desired && plan.steps.length === 0) await this.#rest(entry, { ...seen, live });
    this.#conclude(entry);
    this.#again(entry, plan.steps.length > 0, left);
  }

  /** Nothing happens that policy forbids or that is not noted first. */
  async #act(
    entry: Entry,
    desired: Def | undefined,
    { steps, refused }: { readonly steps: readonly Step[]; readonly refused: Refusals },
    attempt: Attempt,
    signal: AbortSignal,
  ): Promise<void> {
    const { store, clock, wall } = this.#deps;
    const { key, text, declaration } = entry;
    const record = store.get(key);
    const def = desired ?? record?.def;
    const restarts = steps.some(({ impact }) => isRestart(impact));
    // At once: whoever is planned meanwhile has to wait.
    if (restarts && desired) this.#planner.takeTurn(text);
    if (desired && steps.some(({ action: { type } }) => type === 'define' || type === 'start'))
      this.#identities.take(text, desired);
    if (def && steps.some(({ action }) => !undelayed.has(action.type))) {
      const origin = declaration?.origin ?? record?.origin.source ?? '';
      const saved = entry.live && rulesOf(this.#deps.kinds, key.kind).goesOn?.(entry.live);
      try {
        for (const one of saved ? [def, saved] : [def])
          await wall?.guard(origin, one, declaration?.declared.file ?? '');
      } catch (error) {
        if (restarts) this.#planner.endTurn(entry);
        throw error;
      }
    }
    if (restarts) {
      const revision = this.#index.revisionOf(entry);
      const counted = revision?.restarted(text) ? revision.state.revision : undefined;
      if (desired) await store.update(key, (present) => present && goingDown(present, counted));
      await this.#useApproval('restart', text);
    }
    attempt.steps = steps;
    attempt.revision = this.#index.revisionOf(entry);
    attempt.at = clock.now().toISOString();
    attempt.since = clock.monotonic();
    const aside = (disk: Promise<unknown>) => this.#queue.aside(text, disk);
    await performIndependently(attempt, new Set(refused.keys()), {
      perform: (some) => performSteps(entry, some, this.#deps, signal, attempt.done, aside),
      stepsWithout: async (failing) => {
        const live = await this.#driver(key.kind).observe(key, signal);
        this.#index.observed(entry, live);
        entry.live = live;
        return this.#planner.plan(entry, desired, live, failing).steps;
      },
      told: (failed) => this.#retries.noteRefusals(entry, attempt.steps, failed),
    });
  }

  /** Without a daemon an order or an apply names only some: what they stand on is looked at, and left as it is. */
  async #lookAtNeeds(def: Def | undefined, signal: AbortSignal): Promise<void> {
    if (!def) return;
    for (const { key } of rulesOf(this.#deps.kinds, def.kind).references(def)) {
      const needed = this.#index.get(keyText(key));
      if (!needed || needed.looked || this.#queue.isActive(needed.text)) continue;
      await this.inspect(needed, signal);
    }
  }

  #noteOutcome(entry: Entry, attempt: Attempt): void {
    const [held] = entry.held;
    if (entry.converged) this.#note(entry, attempt, { outcome: 'converged' });
    else if (held) this.#note(entry, attempt, { outcome: 'held', message: held.message });
    else this.#note(entry, attempt, { outcome: 'continues' });
  }

  #note(entry: Entry, attempt: Attempt, about: Pick<HistoryRow, 'outcome' | 'message'>): void {
    noteHistory(entry, attempt, about, this.#deps, this.#index);
  }

  #learn(entry: Entry, plan: ResourcePlan): void {
    const back = rollbackOf(entry, this.#deps.store.get(entry.key));
    entry.changes = plan.changes;
    entry.held = back ? [rollbackHeld(entry.key, back), ...plan.held] : plan.held;
    entry.converged = plan.changes.length === 0 && !back;
    entry.ready = plan.ready && plan.steps.length === 0;
    entry.onTrial = this.#deps.store.get(entry.key)?.trial !== undefined;
    entry.due = [];
  }

  /** What a look stands on. Whatever changes while it goes on is not part of it. */
  #looking({ key, declaration }: Entry): Pick<Quiet, 'record' | 'declaration'> {
    return { record: this.#deps.store.get(key), declaration };
  }

  /** As wanted: the same facts again need no more thought. */
  async #rest(entry: Entry, { live, record, declaration }: Quiet): Promise<void> {
    if (!declaration || entry.held.length > 0) return;
    const settled = record && settledIn(record, entry);
    if (settled !== record) {
      const update = this.#deps.store.update(entry.key, (present) =>
        present === record ? settled : present,
      );
      await this.#queue.aside(entry.text, update);
    }
    entry.quiet = { live, record: settled, declaration };
  }

  #again(entry: Entry, steps: boolean, left: number): void {
    const open = steps || (entry.changes.length > 0 && entry.held.length === 0);
    entry.laps = open && left === 0 ? entry.laps + 1 : 0;
    if (left > 0) this.#queue.addAfter(entry.text, left + 5);
    // What was done has not taken effect, or never will: look again, ever more rarely.
    else if (open) this.#queue.addAfter(entry.text, Math.min(30_000, 100 * 2 ** entry.laps));
  }

  /** What should be: the declared definition completed, the accepted one while nobody can say, nothing when it is gone. */
  async #desired(entry: Entry): Promise<Def | undefined> {
    const { store } = this.#deps;
    const { key, text, declaration } = entry;
    const base = store.get(key)?.def;
    if (!declaration) {
      if (store.get(key)?.origin.source === undefinedByPerson) return undefined;
      // Absence counts only in a whole read of the source that declared it.
      const state = this.#index.revisionOf(entry)?.state;
      return state?.complete && !state.problems.has(text) ? undefined : base;
    }
    if (base && rollbackOf(entry, store.get(key))) return base;
    return this.#completion.of(entry, declaration.declared);
  }

  /** Taken up again by itself when its time is over. */
  async #endSuspension({ key, text }: Entry): Promise<void> {
    const { store, clock, events } = this.#deps;
    const suspended = store.get(key)?.suspended;
    if (!suspended) return;
    if (!isOver(suspended, clock.now())) {
      const left = Date.parse(suspended.until ?? '') - clock.now().getTime();
      // The clock may be set meanwhile: the sweep sees that.
      if (suspended.until !== undefined) this.#queue.addAfter(text, Math.min(left, longestSleep) + 5);
      return;
    }
    await store.update(key, (record) => record && withoutSuspension(record));
    events.append({ key: text, type: 'Normal', reason: 'Resumed', message: 'its suspension is over' });
  }

  async #failed(entry: Entry, error: unknown, signal: AbortSignal, attempt: Attempt): Promise<void> {
    const { events, log } = this.#deps;
    const { key, text } = entry;
    const failure = toFailure(error);
    if (failure.code === 'cancelled' || signal.aborted) {
      if (attempt.done.length > 0)
        this.#note(entry, attempt, { outcome: 'cancelled', message: failure.message });
      return this.#queue.add(text);
    }
    this.#note(entry, attempt, { outcome: 'failed', message: failure.message });
    const live = await this.#driver(key.kind)
      .observe(key, signal)
      .catch(() => entry.live);
    if (live !== entry.live) this.#index.observed(entry, live);
    entry.live = live;
    const { code, message } = failure;
    entry.failure = failureOf(failure);
    entry.converged = false;
    entry.ready = false;
    entry.quiet = undefined;
    entry.requested = undefined;
    entry.retry = undefined;
    entry.done = attempt.done;
    log.warn('reconcile failed', { key: text, code, message });
    if (code === 'internal') log.error('unforeseen', { key: text, error: (error as Error).stack });
    events.append({ key: text, type: 'Warning', reason: camel(code), message });
    this.#conclude(entry);
    for (const other of this.#index.revisionOf(entry)?.saw(text, false) ?? []) this.#queue.add(other);
    this.#queue.addAfter(text, await this.#retries.afterFailure(entry, failure));
  }

  #conclude(entry: Entry): void {
    const { store, clock } = this.#deps;
    const record = store.get(entry.key);
    const now = clock.now();
    this.#prober.follow(entry.key, this.#index.probed(entry));
    const before = entry.conditions.length > 0 ? entry.conditions : (record?.conditions ?? []);
    const outcome = outcomeOf(entry, record, this.#index, now);
    entry.conditions = conditionsOf(outcome, before, now.toISOString());
    // Running is one thing to stand on, and doing its work another.
    const works = this.#index.readiness(entry)?.ready ?? true;
    const available = !this.#index.isAvailable(entry) ? 'no' : works ? 'ready' : 'running';
    if (available !== 'no' && available !== entry.announced)
      for (const text of this.#index.dependants(entry.text)) this.#queue.add(text);
    if (entry.ready && works) this.#planner.endTurn(entry);
    entry.announced = available;
    entry.looked = true;
    if (entry.done.length > 0) this.#planner.wakeNeeded();
  }

  #forgetFormer(former: ResourceKey): void {
    const entry = this.#index.get(keyText(former));
    this.#prober.follow(former, undefined);
    if (entry) this.#forget(entry);
  }

  #forget(entry: Entry): void {
    this.#useApproval('delete', entry.text).catch((error: unknown) =>
      this.#deps.log.error('approvals cannot be kept', { error: String(error) }),
    );
    this.#index.delete(entry);
    this.#planner.forget(entry);
    for (const text of this.#identities.release(entry.text)) this.#queue.add(text);
    for (const text of this.#index.dependants(entry.text)) this.#queue.add(text);
    this.#planner.wakeNeeded();
  }

  /** It lets through once. */
  async #useApproval(what: 'delete' | 'restart', text: KeyText): Promise<void> {
    await this.#deps.approvals.drop((approval) => approval.what === what && approval.key === text);
  }

  #driver(kind: Kind): Driver<Kind> {
    return this.#deps.drivers[kind] as unknown as Driver<Kind>;
  }
}

/** Where it is declared and what it was completed for by now; what it might have gone back to is over. */
function settledIn(record: ResourceRecord, entry: Entry): ResourceRecord {
  return forgetLastRun(withCompleted(movedTo(record, entry), entry));
}

function waiting({ key }: Entry, left: number, error: string | undefined): Held {
  const message = `waits ${Math.ceil(left / 1000)} s after repeated failures${error ? `: ${error}` : ''}`;
  return { key, reason: 'Backoff', message, impact: 'none', changes: [], actions: [] };
}
