import type { Driver } from '../drivers/contract.ts';
import { defaultGracePeriod } from '../kinds/domain/plan.ts';
import type { Approval } from '../model/approval.ts';
import type { DomainDef } from '../model/domain.ts';
import type { LiveDomain, PowerIntent } from '../model/domain-live.ts';
import { Failure, toFailure } from '../model/failure.ts';
import { type Action, type KeyText, type Kind, keyText, type ResourceKey } from '../model/resource.ts';
import type { ResourceStatus, SourceStatus } from '../model/status.ts';
import type { Plan } from '../plan/plan-world.ts';
import { rulesOf } from '../plan/rules-of.ts';
import type { Commit, DesiredState } from '../source/contract.ts';
import type { ResourceRecord, Suspension } from '../state/records.ts';
import type { ControllerDeps } from './deps.ts';
import { type Entry, isSettled } from './entry.ts';
import { type Policy, policyFor, undefinedByPerson } from './gate.ts';
import { type Departed, type HostShutdown, type Running, takeDown } from './host-shutdown.ts';
import { newAttempt, noteHistory } from './note-history.ts';
import { preview } from './preview.ts';
import { Prober } from './prober.ts';
import { WorkQueue } from './queue.ts';
import { KeyReconciler } from './reconcile-key.ts';
import { withIntent, withoutBackoff, withoutSuspension } from './record-changes.ts';
import { ResourceIndex } from './resource-index.ts';
import { byKindAndName, invalidStatus, statusOf } from './status-of.ts';
import { sweep } from './sweep.ts';

export type { ControllerDeps } from './deps.ts';

/** Longer work is waiting: a guest that shuts down, a monitor that does not answer. */
const patience = 500;

/** The loop. Whatever happens only queues keys; each key is looked at by one worker at a time. */
export class Controller {
  readonly #deps: ControllerDeps;
  readonly #index: ResourceIndex;
  readonly #queue: WorkQueue;
  readonly #prober: Prober;
  readonly #reconciler: KeyReconciler;
  readonly #settled = new Set<() => void>();
  readonly #unsubscribe: (() => void)[] = [];
  readonly #closed = new AbortController();
  #waking = false;
  /** The host goes down: facts are looked at, and nothing is done about them. */
  #ending = false;

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
  }

  /** Adopts what lives, and knows everything that was ever accepted here. Does nothing about it yet. */
  async open(signal: AbortSignal): Promise<void> {
    const drivers = this.#drivers();
    await Promise.all(drivers.map((driver) => driver.open(signal)));
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

  /** A source has spoken. Only what changed is looked at. `policy` holds for this source instead of the general one. */
  setDesired(origin: string, state: DesiredState, policy?: Partial<Policy>, by?: string): void {
    const frozenBefore = this.#index.revision(origin)?.state.frozen;
    this.#hearApprovals(origin, state);
    const { changed, gone } = this.#index.load(origin, state, policy, by);
    for (const text of changed) this.#queue.interrupt(text);
    for (const text of gone) this.#queue.add(text);
    this.#judge(origin, state);
    if (state.frozen === undefined || frozenBefore === state.frozen) return;
    this.#deps.log.warn('the source is frozen', { origin, reason: state.frozen });
    this.#deps.events.append({ type: 'Warning', reason: 'SourceUnavailable', message: state.frozen });
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

  #judge(origin: string, state: DesiredState): void {
    const verdicts = this.#deps.wall?.verdicts(origin, state.declared);
    if (!verdicts) return;
    for (const entry of this.#index.all()) {
      if (entry.declaration?.origin !== origin) continue;
      const forbidden = verdicts.get(entry.text);
      if (entry.forbidden === forbidden) continue;
      entry.forbidden = forbidden;
      entry.quiet = undefined;
      this.#queue.add(entry.text);
    }
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
  async approve(by: string): Promise<readonly string[]> {
    const at = this.#deps.clock.now().toISOString();
    const revisions = [...this.#index.origins()].flatMap((source) => {
      const revision = this.#index.revision(source)?.state.revision;
      return revision === undefined ? [] : [{ source, revision }];
    });
    await this.#deps.approvals.add(revisions.map((one) => ({ what: 'mass-change', ...one, by, at })));
    this.reconcile();
    return revisions.map(({ revision }) => revision);
  }

  /** Lets one resource through: its removal when nothing declares it, its restart when that is what the brake holds. */
  async approveOne(key: ResourceKey, by: string): Promise<'delete' | 'restart'> {
    const { text, declaration, held } = this.#require(key);
    const waits = held.some(({ reason }) => reason === 'Brake');
    if (declaration && !waits)
      throw new Failure('refused', `nothing of ${text} waits for an approval`, {
        retry: 'never',
        suggestion: `qonverge why ${text} says what it waits for`,
      });
    const what = declaration ? 'restart' : 'delete';
    const at = this.#deps.clock.now().toISOString();
    const revision = declaration?.declared.revision;
    await this.#deps.approvals.add([{ what, key: text, by, at, ...(revision ? { revision } : {}) }]);
    this.#deps.events.append({ key: text, type: 'Normal', reason: 'Approved', message: `${what} by ${by}` });
    this.reconcile();
    return what;
  }

  /** What its commits let through counts from now on; what a newer revision makes void is forgotten. */
  #hearApprovals(origin: string, { approvals = [], declared, revision, complete }: DesiredState): void {
    const { approvals: known, log, events, clock } = this.#deps;
    const at = clock.now().toISOString();
    const specOf = ({ what, key = '' }: Approval) => {
      const spec = declared.get(key)?.revision;
      return what === 'restart' && spec !== undefined ? { revision: spec } : {};
    };
    const heard = approvals.map((one) => ({
      at,
      ...one,
      source: origin,
      ...(one.what === 'mass-change' ? { revision } : specOf(one)),
    }));
    const isVoid = ({ what, key = '', source, revision: of }: Approval) => {
      if (what === 'mass-change') return source === origin && complete && of !== revision;
      const spec = declared.get(key);
      return spec !== undefined && (what === 'delete' || of !== spec.revision);
    };
    const fresh = heard.filter((one) => !isVoid(one));
    for (const { what, key, by } of fresh)
      events.append({
        ...(key === undefined ? {} : { key }),
        type: 'Normal',
        reason: 'Approved',
        message: `${what} by a commit of ${by}`,
      });
    // They count at once; durable soon.
    Promise.all([known.drop(isVoid), known.add(fresh)]).catch((error: unknown) =>
      log.error('approvals cannot be kept', { error: String(error) }),
    );
  }

  async suspend(
    key: ResourceKey,
    by: string,
    { reason, until }: Pick<Suspension, 'reason' | 'until'> = {},
  ): Promise<void> {
    const at = this.#deps.clock.now().toISOString();
    const suspended = {
      by,
      at,
      ...(reason === undefined ? {} : { reason }),
      ...(until === undefined ? {} : { until }),
    };
    await this.#change(key, (record) => ({ ...record, suspended }));
  }

  async resume(key: ResourceKey): Promise<void> {
    await this.#change(key, withoutSuspension);
  }

  /**
   * A person's order: remembered, shown, and obeyed as the run strategy allows. Forgets a backoff. With `by`, it is
   * carried out by this action at once, and the loop only looks at what came of it.
   */
  async setIntent(
    key: ResourceKey<'Domain'>,
    intent: PowerIntent,
    by?: { readonly action: Action<'Domain'>; readonly signal: AbortSignal; readonly first?: boolean },
  ): Promise<void> {
    this.#require(key);
    this.#refuseAtEnd();
    const live = await this.#deps.drivers.Domain.observe(key, this.#closed.signal);
    const starts = (live?.starts ?? 0) - (isUp(live) ? 1 : 0);
    const order: PowerIntent = { ...intent, starts };
    const obey = () => this.#change(key, (record) => withIntent(withoutBackoff(record), order), order);
    if (!by) return obey();
    await this.#queue.exclusively(keyText(key), async () => {
      await this.#doing(key, by.action, intent.by, async () => {
        const { Domain } = this.#deps.drivers;
        if (!by.first) {
          await Promise.all([obey(), Domain.perform(key, by.action, by.signal)]);
          return;
        }
        // What may fail is tried before the order stands.
        await Domain.perform(key, by.action, by.signal);
        await obey();
      });
    });
  }

  /** One action at once, for what leaves no trace in a definition: pause, reset, a person's force. */
  async act<K extends Kind>(
    key: ResourceKey<K>,
    action: Action<K>,
    signal: AbortSignal,
    by: string,
  ): Promise<void> {
    this.#require(key);
    this.#refuseAtEnd();
    await this.#queue.exclusively(keyText(key), () =>
      this.#doing(key, action as Action, by, () =>
        this.#driver(key.kind).perform(key, action as Action, signal),
      ),
    );
  }

  /** All that runs goes down for the host, in the reversed order of its dependencies; nothing is done any more after that. */
  async shutdownHost(how: HostShutdown, say: (departed: Departed) => void): Promise<readonly Departed[]> {
    this.#ending = true;
    const { drivers, clock, store, kinds } = this.#deps;
    const keys = [...this.#index.all()].flatMap(({ key }) =>
      key.kind === 'Domain' ? [key as ResourceKey<'Domain'>] : [],
    );
    const running: Running[] = [];
    const mute: Departed[] = [];
    await Promise.all(
      keys.map(async (key) => {
        const live = await drivers.Domain.observe(key, this.#closed.signal);
        const def = live?.running ?? (store.get(key)?.def as DomainDef | undefined);
        if (live?.state === 'unknown')
          mute.push({ key, how: 'left', ...(live.confusion ? { message: live.confusion } : {}) });
        if (!def || !isUp(live)) return;
        const needs = kinds.Domain.references(def).map((reference) => keyText(reference.key));
        const gracePeriod = def.spec.terminationGracePeriod ?? defaultGracePeriod;
        running.push({ key, text: keyText(key), needs, gracePeriod });
      }),
    );
    const perform: Driver<'Domain'>['perform'] = (key, action, signal) =>
      this.#queue.exclusively(keyText(key), () =>
        this.#doing(key, action, 'host shutdown', () => drivers.Domain.perform(key, action, signal)),
      );
    for (const departed of mute) say(departed);
    return [...mute, ...(await takeDown(running, how, { clock, driver: { perform }, say }))];
  }

  /** An action of a person's, written down with what came of it. */
  async #doing(key: ResourceKey, action: Action, by: string, act: () => Promise<void>): Promise<void> {
    const { clock } = this.#deps;
    const attempt = newAttempt();
    attempt.steps = [{ key, action, impact: 'none', reason: 'asked for', changes: [] }];
    attempt.at = clock.now().toISOString();
    attempt.since = clock.monotonic();
    const note = (outcome: 'converged' | 'failed', message?: string) =>
      noteHistory(
        this.#require(key),
        attempt,
        { outcome, by, ...(message === undefined ? {} : { message }) },
        this.#deps,
        this.#index,
      );
    try {
      await act();
      attempt.done.push(action.type);
      note('converged');
    } catch (error) {
      note('failed', toFailure(error).message);
      throw error;
    }
  }

  /** Takes what no loaded source declares out of the inventory, as its deletionPolicy says. */
  async undefine(key: ResourceKey): Promise<void> {
    const { declaration } = this.#require(key);
    const refuse = (message: string, suggestion: string) =>
      new Failure('refused', message, { retry: 'never', suggestion });
    if (declaration)
      throw refuse(`${keyText(key)} is declared by ${declaration.declared.file}`, 'remove it there');
    if (this.#deps.store.get(key)?.protected)
      throw refuse(`${keyText(key)} is protected`, 'take qonverge/protect out of its spec first');
    await this.#change(key, (record) => ({ ...record, origin: { source: undefinedByPerson } }));
  }

  has(key: ResourceKey): boolean {
    return this.#index.get(keyText(key)) !== undefined;
  }

  entry(text: KeyText): Readonly<Entry> | undefined {
    return this.#index.get(text);
  }

  /** What is wrong with the present spec of a key, while its last good one holds. */
  problemOf(text: KeyText): string | undefined {
    const entry = this.#index.get(text);
    return entry && this.#index.problemOf(entry);
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
      const { revision, frozen, diagnostics } = state;
      const errors = diagnostics.filter(({ severity }) => severity === 'error');
      return [{ origin, revision, ...(frozen === undefined ? {} : { frozen }), errors }];
    });
  }

  statusOf(key: ResourceKey): ResourceStatus | undefined {
    const text = keyText(key);
    const entry = this.#index.get(text);
    return entry ? this.#status(entry) : this.#neverGood(text)[0];
  }

  /** Facts and drift of everything, and nothing done about it: for `status` without a daemon. */
  async inspect(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#index.all()].map((entry) => this.#reconciler.inspect(entry, signal)));
    this.#wake();
  }

  /** Facts of everything that no pass has looked at yet, so that status is right from the beginning. */
  look(signal: AbortSignal): void {
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
  async whenSettled(keys: () => Iterable<KeyText>, signal: AbortSignal, failFast: boolean): Promise<void> {
    await this.until(() => this.#areSettled(keys(), failFast), signal);
  }

  /** Resolves when this is so, looked at whenever something was done or found; or at the end of the signal. */
  async until(isSo: () => boolean, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !isSo()) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#settled.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.#settled.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    }
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
    await this.#queue.stop();
    await Promise.all([...this.#index.all()].map((entry) => this.#keepConditions(entry)));
    await Promise.all(this.#drivers().map((driver) => driver.close()));
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
    this.#wake();
  }

  async #work(text: KeyText, signal: AbortSignal): Promise<void> {
    const entry = this.#index.get(text);
    if (entry && this.#ending) await this.#reconciler.inspect(entry, signal);
    else if (entry) await this.#reconciler.reconcile(entry, signal);
    this.#wake();
  }

  /** A fault of ours on one key stays on that key. */
  #recover(text: KeyText, error: unknown): void {
    const detail = error instanceof Error ? error.stack : String(error);
    this.#deps.log.error('reconcile failed unexpectedly', { key: text, error: detail });
    this.#queue.addAfter(text, 30_000);
    this.#wake();
  }

  #heard(key: ResourceKey): void {
    if (this.#index.get(keyText(key))) this.#queue.add(keyText(key));
  }

  /** Once per turn of the event loop, after the queue has let go of the keys. */
  #wake(): void {
    if (this.#waking || this.#settled.size === 0) return;
    this.#waking = true;
    setImmediate(() => {
      this.#waking = false;
      for (const wake of [...this.#settled]) wake();
    });
  }

  #areSettled(keys: Iterable<KeyText>, failFast: boolean): boolean {
    for (const text of keys) {
      const entry = this.#index.get(text);
      if (!entry) continue;
      if (this.#queue.isActive(text)) return false;
      if (isSettled(entry) || (failFast && entry.failure) || this.#waitsInVain(entry)) continue;
      return false;
    }
    return true;
  }

  /** It waits for something that will not come by itself. */
  #waitsInVain({ declaration, held, key }: Entry): boolean {
    if (!declaration || !held.some(({ reason }) => reason === 'DependencyNotReady')) return false;
    return rulesOf(this.#deps.kinds, key.kind)
      .references(declaration.declared.def)
      .some((reference) => {
        const text = keyText(reference.key);
        const needed = this.#index.get(text);
        return !needed || (!needed.ready && !this.#queue.isActive(text) && isSettled(needed));
      });
  }

  async #keepConditions({ key, looked, conditions }: Entry): Promise<void> {
    if (!looked) return;
    await this.#deps.store.update(key, (record) => {
      const same = JSON.stringify(record?.conditions ?? []) === JSON.stringify(conditions);
      return record && (same ? record : { ...record, conditions });
    });
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
    return statusOf(entry, this.#deps.store.get(entry.key), this.#deps.kinds);
  }

  async #change(
    key: ResourceKey,
    change: (record: ResourceRecord) => ResourceRecord,
    order?: PowerIntent,
  ): Promise<void> {
    const entry = this.#require(key);
    if (!this.#deps.store.get(key))
      throw new Failure('refused', `${keyText(key)} was not accepted here yet`, { retry: 'never' });
    await this.#deps.store.update(key, (record) => record && change(record));
    if (order) entry.requested = order;
    this.#queue.interrupt(entry.text);
  }

  #refuseAtEnd(): void {
    if (!this.#ending) return;
    throw new Failure('refused', 'the host is being shut down: nothing is started any more', {
      retry: 'never',
      suggestion: 'start the daemon anew',
    });
  }

  #require(key: ResourceKey): Entry {
    const entry = this.#index.get(keyText(key));
    if (entry) return entry;
    throw new Failure('not-found', `there is no ${keyText(key)}`, {
      retry: 'never',
      suggestion: 'qonverge status lists what there is',
    });
  }

  #drivers(): Driver<Kind>[] {
    return Object.values(this.#deps.drivers) as unknown as Driver<Kind>[];
  }

  #driver(kind: Kind): Driver<Kind> {
    return this.#deps.drivers[kind] as unknown as Driver<Kind>;
  }
}

function isUp(live: LiveDomain | undefined): boolean {
  return live?.state === 'running' || live?.state === 'paused' || live?.state === 'pmsuspended';
}
