import { setMaxListeners } from 'node:events';
import type { Driver } from '../drivers/contract.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { toFailure } from '../model/failure.ts';
import { type KeyText, type Kind, keyText, type ResourceKey } from '../model/resource.ts';
import type { ResourceStatus, SourceStatus } from '../model/status.ts';
import type { Plan } from '../plan/plan-world.ts';
import type { Commit, DesiredState } from '../source/contract.ts';
import { Approver } from './approver.ts';
import { conditionsNow } from './conditions-now.ts';
import type { ControllerDeps } from './deps.ts';
import type { Entry } from './entry.ts';
import { type Policy, policyFor } from './gate.ts';
import { Orders } from './orders.ts';
import { preview } from './preview.ts';
import { Prober } from './prober.ts';
import { WorkQueue } from './queue.ts';
import { KeyReconciler } from './reconcile-key.ts';
import { finishRenames } from './renamer.ts';
import { ResourceIndex } from './resource-index.ts';
import { byKindAndName, invalidStatus, statusOf } from './status-of.ts';
import { sweep } from './sweep.ts';
import { Waits } from './waits.ts';

export type { ControllerDeps } from './deps.ts';

/** Longer work is waiting: a guest that shuts down, a monitor that does not answer. */
const patience = 500;
/** For what gives way to nothing: a QEMU in the midst of a change. */
const lastWait = 5_000;

/** The loop. Whatever happens only queues keys; each key is looked at by one worker at a time. */
export class Controller {
  readonly #deps: ControllerDeps;
  readonly #index: ResourceIndex;
  readonly #queue: WorkQueue;
  readonly #prober: Prober;
  readonly #reconciler: KeyReconciler;
  readonly #waits: Waits;
  readonly #approver: Approver;
  readonly orders: Orders;
  readonly #unsubscribe: (() => void)[] = [];
  readonly #closed = new AbortController();

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    this.#prober = new Prober(deps, (text) => this.#probed(text));
    this.#index = new ResourceIndex(deps, this.#prober);
    this.#queue = new WorkQueue({
      clock: deps.clock,
      workers: deps.workers,
      patience,
      work: (text, signal) => this.#work(text, signal),
      onError: (text, error) => this.#recover(text, error),
    });
    this.#reconciler = new KeyReconciler(deps, {
      index: this.#index,
      queue: this.#queue,
      prober: this.#prober,
    });
    this.#waits = new Waits(deps, this.#index, this.#queue);
    this.#approver = new Approver(deps, this.#index, () => this.reconcile());
    this.orders = new Orders(deps, this.#index, this.#queue, this.#closed.signal);
  }

  /** Adopts what lives, and knows everything that was ever accepted here. Does nothing about it yet. */
  async open(signal: AbortSignal): Promise<void> {
    const drivers = this.#drivers();
    sharedByAll(signal);
    await Promise.all(drivers.map((driver) => driver.open(signal)));
    await finishRenames(this.#deps);
    for (const key of this.#deps.store.keys()) this.#index.add(key);
    for (const driver of drivers) {
      for (const key of await driver.list()) this.#index.add(key);
      this.#unsubscribe.push(driver.events(({ key }) => this.#heard(key)));
    }
  }

  /** Looks at every key once per interval, until closed. */
  sweep(interval: number): void {
    const { clock } = this.#deps;
    sweep(
      () => this.#index.texts(),
      (text) => this.#queue.add(text),
      { clock, interval, signal: this.#closed.signal },
    ).catch((error: unknown) => this.#deps.log.error('the sweep ended', { error: String(error) }));
  }

  /**
   * A source has spoken. Only what changed is looked at. `policy` holds for this source instead of the general one.
   * Returns what the host's policy refuses.
   */
  setDesired(
    origin: string,
    state: DesiredState,
    policy?: Partial<Policy>,
    by?: string,
  ): readonly Diagnostic[] {
    const frozenBefore = this.#index.revision(origin)?.state.frozen;
    const approved = this.#approver.hear(origin, state);
    const { changed, gone } = this.#index.load(origin, state, policy, by);
    for (const text of changed) this.#queue.interrupt(text);
    for (const text of gone) this.#queue.add(text);
    for (const text of approved) if (this.#index.get(text)) this.#queue.add(text);
    const refused = this.#judge(origin, state);
    if (state.frozen !== undefined && frozenBefore !== state.frozen) {
      this.#deps.log.warn('the source is frozen', { origin, reason: state.frozen });
      this.#deps.events.append({
        type: 'Warning',
        source: origin,
        reason: 'SourceUnavailable',
        message: state.frozen,
      });
    }
    return refused;
  }

  /** The host's policy is another one: everything is judged anew. What runs goes on. */
  judgeAgain(): void {
    for (const origin of this.#index.origins()) {
      const revision = this.#index.revision(origin);
      if (revision) this.#judge(origin, revision.state);
    }
    for (const entry of this.#index.all()) entry.quiet = undefined;
    this.reconcile();
  }

  #judge(origin: string, state: DesiredState): readonly Diagnostic[] {
    const verdicts = this.#deps.wall?.judge(origin, state.declared);
    if (!verdicts) return [];
    for (const entry of this.#index.all()) {
      if (entry.declaration?.origin !== origin) continue;
      const forbidden = verdicts.forbidden.get(entry.text);
      if (entry.forbidden === forbidden) continue;
      entry.forbidden = forbidden;
      entry.quiet = undefined;
      this.#queue.add(entry.text);
    }
    return verdicts.diagnostics;
  }

  /** Looks at these keys now, or at all of them. */
  reconcile(keys: Iterable<KeyText> = this.#index.texts()): void {
    for (const key of keys) this.#queue.add(key);
  }

  /** As `reconcile`, asked for by a person: what failed before does not delay it. */
  retry(keys: Iterable<KeyText> = this.#index.texts()): void {
    for (const key of keys) {
      const entry = this.#index.get(key);
      if (entry) entry.retry = {};
      // What is looked at this moment needs no second look, unless a backoff was in its way.
      const waits = entry?.failure !== undefined || entry?.held.some(({ reason }) => reason === 'Backoff');
      if (waits || !this.#queue.isActive(key)) this.#queue.add(key);
    }
  }

  /** Lets the present revision of every source through the brake. Remembered until another revision comes. */
  approve(by: string): Promise<readonly string[]> {
    return this.#approver.approve(by);
  }

  /** Lets one resource through: its removal when nothing declares it, its restart when that is what the brake holds. */
  approveOne(key: ResourceKey, by: string): Promise<'delete' | 'restart'> {
    return this.#approver.approveOne(key, by);
  }

  has(key: ResourceKey): boolean {
    return this.#index.get(keyText(key)) !== undefined;
  }

  entry(text: KeyText): Readonly<Entry> | undefined {
    return this.#index.get(text);
  }

  /** What is wrong with the present spec of a key: its last good one holds, if there was one. */
  problemOf(text: KeyText): string | undefined {
    const entry = this.#index.get(text);
    return entry ? this.#index.problemOf(entry) : this.#index.problemAt(text);
  }

  /** The commit that a source stands at. */
  commitOf(origin: string): Commit | undefined {
    return this.#index.revision(origin)?.state.commit;
  }

  keys(): readonly KeyText[] {
    return [...this.#index.texts()];
  }

  status(): ResourceStatus[] {
    const { kinds } = this.#deps;
    const known = [...this.#index.all()].map((entry) => this.#status(entry));
    return [...known, ...this.#neverGood()].sort(byKindAndName(kinds));
  }

  /** What is loaded, and why nothing of it may be removed. */
  sources(): SourceStatus[] {
    return [...this.#index.origins()].flatMap((origin) => {
      const state = this.#index.revision(origin)?.state;
      if (!state) return [];
      const { revision, frozen, diagnostics, declared } = state;
      const errors = diagnostics.filter(({ severity }) => severity === 'error');
      const resources = declared.size;
      return [{ origin, revision, ...(frozen === undefined ? {} : { frozen }), resources, errors }];
    });
  }

  statusOf(key: ResourceKey): ResourceStatus | undefined {
    const text = keyText(key);
    const entry = this.#index.get(text);
    return entry ? this.#status(entry) : this.#neverGood(text)[0];
  }

  /** Facts and drift of everything, and nothing done about it: for `status` without a daemon. */
  async inspect(signal: AbortSignal): Promise<void> {
    sharedByAll(signal);
    await Promise.all([...this.#index.all()].map((entry) => this.#reconciler.inspect(entry, signal)));
    this.#waits.wake();
  }

  /** Facts of everything that no pass has looked at yet, so that status is right from the beginning. */
  look(signal: AbortSignal): void {
    sharedByAll(signal);
    for (const entry of this.#index.all()) this.#reconciler.look(entry, signal);
  }

  /** What would be done for this source, with the facts of now. Changes nothing. */
  preview(
    origin: string,
    state: DesiredState,
    signal: AbortSignal,
    policy: Partial<Policy> = {},
  ): Promise<Plan> {
    const approved = this.#deps.approvals.allowsAll(origin, state.revision);
    const otherOrigins = new Set([...this.#index.origins()].filter((other) => other !== origin));
    return preview(
      { origin, state, approved, otherOrigins },
      { ...this.#deps, ...policyFor(this.#deps, policy) },
      signal,
    );
  }

  /** Resolves when none of these keys will change by itself any more. */
  whenSettled(keys: () => Iterable<KeyText>, signal: AbortSignal, failFast: boolean): Promise<void> {
    return this.#waits.whenSettled(keys, signal, failFast);
  }

  /** Resolves when this is so, looked at whenever something was done or found; or at the end of the signal. */
  until(isSo: () => boolean, signal: AbortSignal): Promise<void> {
    return this.#waits.until(isSo, signal);
  }

  /** Resolves when no key is looked at or about to be; those that wait for a time don't count. */
  whenIdle(): Promise<void> {
    return this.#queue.whenIdle();
  }

  /** Lets go: waits end, no guest is disturbed. What status said is kept for commands without a daemon. */
  async close(): Promise<void> {
    this.#closed.abort();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    await this.#prober.close();
    const stopped = this.#queue.stop();
    const waited = new AbortController();
    await Promise.race([stopped, this.#deps.clock.sleep(lastWait, waited.signal).catch(() => undefined)]);
    waited.abort();
    await this.#keepConditions();
    // Whoever still waits for a machine that does not answer is told that nobody will: what it began is in the journal.
    await Promise.all(this.#drivers().map((driver) => driver.close()));
    await stopped;
    await this.#deps.history.close();
  }

  /** A probe says something new: conditions follow, and whoever waits for it. */
  #probed(text: KeyText): void {
    const entry = this.#index.get(text);
    if (!entry) return;
    if (entry.onTrial || this.#queue.isActive(text)) {
      entry.quiet = undefined;
      return this.#queue.add(text);
    }
    this.#reconciler.probed(entry);
    this.#waits.wake();
  }

  async #work(text: KeyText, signal: AbortSignal): Promise<void> {
    const entry = this.#index.get(text);
    if (entry && this.orders.ending) await this.#reconciler.inspect(entry, signal);
    else if (entry) await this.#reconciler.reconcile(entry, signal);
    this.#waits.wake();
  }

  /** A fault of ours on one key stays on that key. */
  #recover(text: KeyText, error: unknown): void {
    // Whoever cut it short has more to do with it.
    if (toFailure(error).code === 'cancelled') return this.#queue.add(text);
    const detail = error instanceof Error ? error.stack : String(error);
    this.#deps.log.error('reconcile failed unexpectedly', { key: text, error: detail });
    this.#queue.addAfter(text, 30_000);
    this.#waits.wake();
  }

  #heard(key: ResourceKey): void {
    if (this.#index.get(keyText(key))) this.#queue.add(keyText(key));
  }

  #keepConditions(): Promise<void> {
    const looked = [...this.#index.all()].filter((entry) => entry.looked);
    return this.#deps.store.keepConditions(new Map(looked.map(({ text, conditions }) => [text, conditions])));
  }

  /** Named by a bad file, and no good spec of it was ever seen here. */
  #neverGood(only?: KeyText): ResourceStatus[] {
    const now = this.#deps.clock.now().toISOString();
    return [...this.#index.revisions()].flatMap(({ state }) =>
      [...state.problems]
        .filter(([text]) => !this.#index.get(text) && (only === undefined || text === only))
        .map(([text, problem]) => invalidStatus(text, problem, now)),
    );
  }

  #status(entry: Entry): ResourceStatus {
    const { store, kinds, clock } = this.#deps;
    const record = store.get(entry.key);
    const conditions = conditionsNow(entry, record, this.#index, clock.now());
    return statusOf(entry, record, conditions, kinds);
  }

  #drivers(): Driver<Kind>[] {
    return Object.values(this.#deps.drivers) as unknown as Driver<Kind>[];
  }
}

/** Every resource listens to it while it is looked at: many listeners are no leak here. */
function sharedByAll(signal: AbortSignal): void {
  setMaxListeners(0, signal);
}
