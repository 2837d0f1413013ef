import type { Driver, DriverTable } from '../drivers/contract.ts';
import type { Clock } from '../host/clock.ts';
import type { KindRules, KindTable } from '../kinds/contract.ts';
import type { PowerIntent } from '../model/domain-live.ts';
import { Failure } from '../model/failure.ts';
import type { Json } from '../model/json.ts';
import type { Impact, Step } from '../model/plan.ts';
import {
  type Action,
  type Def,
  type KeyText,
  type Kind,
  keyText,
  type Live,
  type ResourceKey,
} from '../model/resource.ts';
import type { ResourceStatus } from '../model/status.ts';
import { brake } from '../plan/brake.ts';
import { type Gate, planResource } from '../plan/plan-resource.ts';
import { type Inventoried, type Plan, planWorld } from '../plan/plan-world.ts';
import type { DesiredState } from '../source/contract.ts';
import type { ResourceRecord } from '../state/records.ts';
import type { Store } from '../state/store.ts';
import type { EventLog } from '../telemetry/event-log.ts';
import type { Logger } from '../telemetry/log.ts';
import { backoffLeft, healthyAfter, nextBackoff } from './backoff.ts';
import { conditionsOf, type Outcome } from './conditions.ts';
import { type Entry, isSettled, newEntry } from './entry.ts';
import { WorkQueue } from './queue.ts';

export interface ControllerDeps {
  readonly kinds: KindTable;
  readonly drivers: DriverTable;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: EventLog;
  readonly workers: number;
  /** 0…1, for jitter. */
  random(): number;
  /** Remove what a complete source no longer declares. */
  readonly prune: boolean;
  readonly maxDisruption?: Impact;
  /** Equal definitions, equal text. */
  revisionOf(def: Def): string;
}

type AnyRules = KindRules<Kind>;
type AnyDriver = Driver<Kind>;

/** The loop: for each key, look, compare, act, look again. Everything that happens only queues keys. */
export class Controller {
  readonly #deps: ControllerDeps;
  readonly #entries = new Map<KeyText, Entry>();
  readonly #sources = new Map<string, DesiredState>();
  readonly #approved = new Set<string>();
  readonly #dependants = new Map<KeyText, Set<KeyText>>();
  readonly #restarts = new Map<string, Set<KeyText>>();
  readonly #settled = new Set<() => void>();
  readonly #queue: WorkQueue;
  readonly #unsubscribe: (() => void)[] = [];

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    this.#queue = new WorkQueue({
      workers: deps.workers,
      work: (key, signal) => this.#reconcile(key, signal),
      onError: (key, error) => {
        deps.log.error('reconcile failed unexpectedly', {
          key,
          error: error instanceof Error ? error.stack : String(error),
        });
        this.#queue.addAfter(key, 30_000);
      },
    });
  }

  /** Adopts what lives, then looks at everything that was ever accepted here. */
  async open(signal: AbortSignal): Promise<void> {
    const drivers = Object.values(this.#deps.drivers) as unknown as AnyDriver[];
    await Promise.all(drivers.map((driver) => driver.open(signal)));
    for (const driver of drivers) {
      this.#unsubscribe.push(
        driver.events(({ key }) => this.#entries.has(keyText(key)) && this.#queue.add(keyText(key))),
      );
    }
    for (const key of this.#deps.store.keys()) this.#entry(key);
  }

  /** A source has spoken. Only what changed is looked at. */
  setDesired(origin: string, state: DesiredState): void {
    const before = this.#sources.get(origin);
    this.#sources.set(origin, state);
    if (before?.revision !== state.revision) this.#restarts.delete(origin);
    for (const [text, declared] of state.declared) {
      const entry = this.#entry(declared.key);
      if (entry.declared && entry.declared.origin !== origin) continue;
      if (
        entry.declared?.declared.revision === declared.revision &&
        before?.problems.get(text) === state.problems.get(text)
      ) {
        entry.declared = { origin, declared };
        continue;
      }
      entry.declared = { origin, declared };
      for (const { key } of this.#rules(declared.key.kind).references(declared.def))
        this.#dependantsOf(keyText(key)).add(text);
      this.#queue.interrupt(text);
    }
    for (const [text, entry] of this.#entries) {
      if (state.declared.has(text)) continue;
      const mine =
        entry.declared?.origin === origin || this.#deps.store.get(entry.key)?.origin.source === origin;
      if (entry.declared?.origin === origin) entry.declared = undefined;
      if (mine) this.#queue.add(text);
    }
    if (state.frozen !== undefined && before?.frozen !== state.frozen) {
      this.#deps.log.warn('the source is frozen', { origin, reason: state.frozen });
      this.#deps.events.append({ type: 'Warning', reason: 'SourceUnavailable', message: state.frozen });
    }
  }

  /** Facts and drift of everything, and nothing done about it: for `status` without a daemon. */
  async inspect(signal: AbortSignal): Promise<void> {
    await Promise.all(
      [...this.#entries.values()].map(async (entry) => {
        const { key } = entry;
        const record = this.#deps.store.get(key);
        const rules = this.#rules(key.kind);
        entry.live = await this.#driver(key.kind).observe(key, signal);
        entry.changes = rules.drift(record?.def, entry.live);
        entry.converged = entry.changes.length === 0;
        entry.held = entry.converged ? [] : planResource(key, rules, record?.def, entry.live).held;
        // What stands between the spec and the host was said by whoever tried last.
        entry.conditions = record?.conditions ?? [];
        if (entry.converged || entry.held.length > 0 || entry.conditions.length === 0) this.#conclude(entry);
      }),
    );
  }

  /** Looks at these keys now, or at all of them. */
  reconcile(keys: Iterable<KeyText> = this.#entries.keys()): void {
    for (const key of keys) this.#queue.add(key);
  }

  /** Lets the present revision of every source through the brake. */
  approve(): readonly string[] {
    const revisions = [...this.#sources.values()].map(({ revision }) => revision);
    for (const revision of revisions) this.#approved.add(revision);
    this.reconcile();
    return revisions;
  }

  async suspend(key: ResourceKey, by: string, reason?: string): Promise<void> {
    const at = this.#deps.clock.now().toISOString();
    await this.#change(key, (record) => ({
      ...record,
      suspended: { by, at, ...(reason === undefined ? {} : { reason }) },
    }));
  }

  async resume(key: ResourceKey): Promise<void> {
    await this.#change(key, ({ suspended: _, ...record }) => record as ResourceRecord);
  }

  /** A person's order: remembered, shown, and obeyed as the run strategy allows. Clears a backoff. */
  async setIntent(key: ResourceKey<'Domain'>, intent: PowerIntent): Promise<void> {
    this.#require(key).requested = true;
    await this.#change(key, ({ backoff: _, ...record }) => {
      const { lastStop, ...extra } = record.extra ?? {};
      // An order to run starts a new chapter: why it stopped before decides nothing any more.
      const kept = intent.want === 'stopped' && lastStop !== undefined ? { lastStop } : {};
      return {
        ...(record as ResourceRecord),
        extra: { ...extra, ...kept, intent: intent as unknown as Json },
      };
    });
  }

  /** One action at once, for what leaves no trace in a definition: pause, reset, a person's force. */
  async act<K extends Kind>(key: ResourceKey<K>, action: Action<K>, signal: AbortSignal): Promise<void> {
    this.#require(key);
    await this.#driver(key.kind).perform(key, action as Action, signal);
    this.#queue.add(keyText(key));
  }

  /** A resource that no loaded source declares leaves the inventory. */
  async undefine<K extends Kind>(
    key: ResourceKey<K>,
    before: (key: ResourceKey<K>) => Promise<void> = async () => undefined,
  ): Promise<void> {
    const entry = this.#require(key);
    if (entry.declared) {
      throw new Failure('refused', `${keyText(key)} is declared by ${entry.declared.declared.file}`, {
        retry: 'never',
        suggestion: 'remove it there',
      });
    }
    const record = this.#deps.store.get(key);
    if (record?.protected)
      throw new Failure('refused', `${keyText(key)} is protected`, {
        retry: 'never',
        suggestion: 'take qonverge/protect out of its spec first',
      });
    await before(key);
    // As if its source had been read completely and no longer named it.
    const origin = `undefined:${record?.origin.source ?? ''}`;
    await this.#change(key, (present) => ({ ...present, origin: { ...present.origin, source: origin } }));
    this.setDesired(origin, {
      revision: origin,
      declared: new Map(),
      diagnostics: [],
      problems: new Map(),
      complete: true,
    });
  }

  has(key: ResourceKey): boolean {
    return this.#entries.has(keyText(key));
  }

  status(): ResourceStatus[] {
    return [...this.#entries.values()]
      .map((entry) => this.#status(entry))
      .sort(byKindAndName(this.#deps.kinds));
  }

  statusOf(key: ResourceKey): ResourceStatus | undefined {
    const entry = this.#entries.get(keyText(key));
    return entry && this.#status(entry);
  }

  entry(text: KeyText): Readonly<Entry> | undefined {
    return this.#entries.get(text);
  }

  keys(): readonly KeyText[] {
    return [...this.#entries.keys()];
  }

  /** What would be done for this source, with the facts of now. Changes nothing. */
  async preview(origin: string, state: DesiredState, signal: AbortSignal): Promise<Plan> {
    const desired = new Map<KeyText, Def>();
    const live = new Map<KeyText, Live>();
    const inventory = new Map<KeyText, Inventoried>();
    for (const record of this.#deps.store.all()) {
      const text = keyText(record.key);
      inventory.set(text, {
        def: record.def,
        origin: record.origin.source,
        ...(record.protected ? { protected: true } : {}),
        ...(record.suspended ? { suspended: suspensionText(record.suspended) } : {}),
      });
    }
    for (const [text, { def }] of state.declared)
      desired.set(
        text,
        await this.#complete(def, this.#deps.store.get({ kind: def.kind, name: def.metadata.name })?.def),
      );
    const keys = new Map(
      [
        ...[...state.declared.values()].map(({ key }) => key),
        ...[...inventory.values()].map(({ def }) => ({ kind: def.kind, name: def.metadata.name })),
      ].map((key) => [keyText(key), key]),
    );
    await Promise.all(
      [...keys].map(async ([text, key]) => {
        const facts = await this.#driver(key.kind).observe(key, signal);
        if (facts) live.set(text, facts);
      }),
    );
    const { maxDisruption, prune, kinds } = this.#deps;
    return planWorld(
      {
        desired,
        live,
        inventory,
        origin,
        otherOrigins: new Set([...this.#sources.keys()].filter((other) => other !== origin)),
        prune,
        complete: state.complete,
        ...(state.frozen === undefined ? {} : { frozen: state.frozen }),
        ...(maxDisruption ? { maxDisruption } : {}),
        approved: this.#approved.has(state.revision),
      },
      kinds,
    );
  }

  /** Resolves when none of these keys will change by itself any more. */
  async whenSettled(keys: () => Iterable<KeyText>, signal: AbortSignal, failFast: boolean): Promise<void> {
    const done = () =>
      [...keys()].every((text) => {
        const entry = this.#entries.get(text);
        if (!entry) return true;
        if (this.#queue.isActive(text)) return false;
        return isSettled(entry) || (failFast && entry.failure !== undefined);
      });
    while (!done() && !signal.aborted) {
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

  /** Lets go: waits end, no guest is disturbed. What status said is kept for commands without a daemon. */
  async close(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    await this.#queue.stop();
    await Promise.all(
      [...this.#entries.values()].map(async (entry) => {
        const record = this.#deps.store.get(entry.key);
        if (!record || !entry.looked || sameConditions(record.conditions, entry.conditions)) return;
        await this.#deps.store.update(
          entry.key,
          (present) => present && { ...present, conditions: entry.conditions },
        );
      }),
    );
    await Promise.all(
      (Object.values(this.#deps.drivers) as unknown as AnyDriver[]).map((driver) => driver.close()),
    );
  }

  // The way of one change.

  async #reconcile(text: KeyText, signal: AbortSignal): Promise<void> {
    const entry = this.#entries.get(text);
    if (!entry) return;
    const { key } = entry;
    const rules = this.#rules(key.kind);
    const driver = this.#driver(key.kind);
    const done: string[] = [];
    try {
      let live = await driver.observe(key, signal);
      await this.#countCrash(entry, live);
      const desired = await this.#desired(entry);
      const removal = desired === undefined;
      const { steps, held } = planResource(key, rules, desired, live, this.#gate(entry, desired, removal));
      const left = backoffLeft(this.#deps.store.get(key)?.backoff, this.#deps.clock.now());
      const waits =
        left > 0 && !entry.requested && steps.some(({ action }) => typeOf(action) !== 'define') && !removal;
      for (const step of steps) {
        if (waits && typeOf(step.action) !== 'define') break;
        if (signal.aborted) throw new Failure('cancelled', 'a newer spec came');
        await this.#perform(entry, step, signal);
        done.push(typeOf(step.action));
      }
      if (steps.length > 0) {
        live = await driver.observe(key, signal);
        entry.requested = false;
      }
      if (removal && !live && !this.#deps.store.get(key)) {
        this.#entries.delete(text);
        this.#wake(text);
        return;
      }
      // Acceptance made the record's definition the desired one.
      const now = removal ? undefined : ((await this.#desired(entry)) ?? desired);
      const changes = rules.drift(now, live);
      const waiting = waits ? [backoffHeld(key, left, this.#deps.store.get(key)?.backoff?.lastError)] : [];
      entry.live = live;
      entry.changes = changes;
      entry.held = changes.length === 0 ? [] : [...held, ...waiting];
      entry.converged = changes.length === 0;
      entry.failure = undefined;
      entry.done = done;
      this.#conclude(entry);
      if (waits) this.#queue.addAfter(text, left + 5);
      // Something is left to do and nothing forbids it: what we did has not taken effect yet.
      else if (changes.length > 0 && entry.held.length === 0)
        this.#queue.addAfter(text, done.length > 0 ? 200 : 2_000);
    } catch (error) {
      await this.#failed(entry, error, signal);
    }
    this.#wake(text);
  }

  async #desired(entry: Entry): Promise<Def | undefined> {
    const record = this.#deps.store.get(entry.key);
    if (!entry.declared) {
      // Absence counts only in a whole read of the source that declared it.
      const state = this.#sources.get(record?.origin.source ?? '');
      return state?.complete && !state.problems.has(keyText(entry.key)) ? undefined : record?.def;
    }
    const { revision, def } = entry.declared.declared;
    if (entry.completed && entry.completed.revision === revision && entry.completed.base === record?.def)
      return entry.completed.def;
    let completed = await this.#complete(def, record?.def);
    if (record && this.#deps.revisionOf(completed) === this.#deps.revisionOf(record.def))
      completed = record.def;
    entry.completed = { revision, base: record?.def, def: completed };
    return completed;
  }

  async #complete(def: Def, previous: Def | undefined): Promise<Def> {
    const rules = this.#rules(def.kind);
    const capabilities = await this.#driver(def.kind).capabilities(def);
    return rules.complete(def, previous, capabilities);
  }

  #gate(entry: Entry, desired: Def | undefined, removal: boolean): Gate {
    const record = this.#deps.store.get(entry.key);
    const origin = entry.declared?.origin ?? record?.origin.source ?? '';
    const state = this.#sources.get(origin);
    const { maxDisruption } = this.#deps;
    const foreign =
      record &&
      entry.declared &&
      record.origin.source !== entry.declared.origin &&
      this.#sources.has(record.origin.source) &&
      record.origin.source;
    const blocked = desired && !removal ? this.#blockedBy(desired) : undefined;
    const braked = entry.requested ? undefined : this.#brake(entry, origin, removal);
    return {
      ...(maxDisruption && !entry.requested ? { maxDisruption } : {}),
      ...(record?.suspended ? { suspended: suspensionText(record.suspended) } : {}),
      ...(removal && record?.protected ? { protected: true } : {}),
      ...(removal ? { prune: this.#mayPrune(state) } : {}),
      ...(braked === undefined ? {} : { braked }),
      ...(blocked === undefined ? {} : { blockedBy: blocked }),
      ...(foreign ? { invalid: `declared by ${foreign} as well` } : {}),
    };
  }

  #mayPrune(state: DesiredState | undefined): NonNullable<Gate['prune']> {
    if (!state) return { reason: 'SourceUnavailable', message: 'its source is not loaded' };
    if (!state.complete)
      return {
        reason: 'SourceUnavailable',
        message: state.frozen ?? 'the source was not read completely; nothing is removed',
      };
    if (!this.#deps.prune && !state.revision.startsWith('undefined:'))
      return { reason: 'NotInInventory', message: 'no longer declared; `apply --prune` removes it' };
    return true;
  }

  #brake(entry: Entry, origin: string, removal: boolean): string | undefined {
    const state = this.#sources.get(origin);
    if (!state || this.#approved.has(state.revision)) return undefined;
    if (removal) {
      let total = 0;
      let gone = 0;
      for (const record of this.#deps.store.all()) {
        if (record.origin.source !== origin) continue;
        total++;
        if (!state.declared.has(keyText(record.key))) gone++;
      }
      // What this revision removed already counts as well.
      const removed = this.#removedOf(origin, state.revision);
      return brake('removals', gone + removed, total + removed);
    }
    const restarts = this.#restarts.get(origin) ?? new Set();
    if (restarts.has(keyText(entry.key))) return undefined;
    return brake('restarts', restarts.size + 1, state.declared.size);
  }

  #removed: { origin: string; revision: string; count: number } | undefined;

  #removedOf(origin: string, revision: string): number {
    return this.#removed?.origin === origin && this.#removed.revision === revision ? this.#removed.count : 0;
  }

  #blockedBy(desired: Def): string | undefined {
    for (const { key, path } of this.#rules(desired.kind).references(desired)) {
      const entry = this.#entries.get(keyText(key));
      if (!entry) return `${path} names ${keyText(key)}, which nothing declares`;
      if (!entry.converged) return `waits for ${keyText(key)}`;
    }
    return undefined;
  }

  async #perform(entry: Entry, step: Step, signal: AbortSignal): Promise<void> {
    const { key } = entry;
    const driver = this.#driver(key.kind);
    const type = typeOf(step.action);
    this.#deps.log.info(type, { key: keyText(key), reason: step.reason });
    if (type === 'define') await this.#accept(entry, (step.action as { def: Def }).def);
    await driver.perform(key, step.action, signal);
    if (type === 'undefine') {
      const origin = this.#deps.store.get(key)?.origin.source ?? '';
      const revision = this.#sources.get(origin)?.revision ?? '';
      this.#removed = { origin, revision, count: this.#removedOf(origin, revision) + 1 };
      await this.#deps.store.delete(key);
    }
    if (step.impact === 'restart' && entry.declared && !entry.requested) {
      const { origin } = entry.declared;
      this.#restarts.set(origin, (this.#restarts.get(origin) ?? new Set()).add(keyText(key)));
    }
    if (type === 'start') await this.#restartDone(key);
    if (type !== 'define')
      this.#deps.events.append({
        key: keyText(key),
        type: 'Normal',
        reason: camel(type),
        message: step.reason,
      });
  }

  /** The definition enters the inventory: intent before the act. */
  async #accept(entry: Entry, def: Def): Promise<void> {
    const declared = entry.declared;
    await this.#deps.store.update(entry.key, (record) => {
      const { backoff: _, ...before } = record ?? { generation: 0, origin: { source: '' } };
      return {
        ...before,
        key: entry.key,
        def,
        origin: declared
          ? { source: declared.origin, file: declared.declared.file, revision: declared.declared.revision }
          : before.origin,
        generation: (record?.generation ?? 0) + 1,
        protected: def.metadata.annotations?.['qonverge/protect'] === 'true',
      } as ResourceRecord;
    });
  }

  async #restartDone(key: ResourceKey): Promise<void> {
    const intent = this.#deps.store.get(key)?.extra?.['intent'] as { restart?: boolean } | undefined;
    if (!intent?.restart) return;
    const { restart: _, ...rest } = intent;
    await this.#deps.store.update(
      key,
      (record) => record && { ...record, extra: { ...record.extra, intent: rest as Json } },
    );
  }

  async #countCrash(entry: Entry, live: Live | undefined): Promise<void> {
    const crash = live && this.#rules(entry.key.kind).crash?.(live);
    const record = this.#deps.store.get(entry.key);
    if (!crash || !record || record.backoff?.counted === crash.at) return;
    const now = this.#deps.clock.now();
    const healthy = record.backoff && now.getTime() - Date.parse(record.backoff.nextAttempt) > healthyAfter;
    const next = {
      ...nextBackoff(healthy ? undefined : record.backoff, now, this.#deps.random(), crash.reason),
      counted: crash.at,
    };
    await this.#deps.store.update(entry.key, (present) => present && { ...present, backoff: next });
    this.#deps.events.append({
      key: keyText(entry.key),
      type: 'Warning',
      reason: 'Crashed',
      message: crash.reason,
    });
  }

  async #failed(entry: Entry, error: unknown, signal: AbortSignal): Promise<void> {
    const text = keyText(entry.key);
    const failure =
      error instanceof Failure
        ? error
        : new Failure('internal', error instanceof Error ? (error.stack ?? error.message) : String(error));
    if (failure.code === 'cancelled' || signal.aborted) return this.#queue.add(text);
    entry.live = await this.#driver(entry.key.kind)
      .observe(entry.key, signal)
      .catch(() => entry.live);
    entry.failure = {
      code: failure.code,
      message: failure.message,
      suggestion: failure.suggestion,
      final: failure.retry === 'never',
    };
    entry.converged = false;
    entry.requested = false;
    this.#deps.log.warn('reconcile failed', { key: text, code: failure.code, message: failure.message });
    this.#deps.events.append({
      key: text,
      type: 'Warning',
      reason: camel(failure.code),
      message: failure.message,
    });
    this.#conclude(entry);
    if (typeof failure.retry === 'object') this.#queue.addAfter(text, failure.retry.after);
    else if (failure.retry === 'backoff') {
      const record = this.#deps.store.get(entry.key);
      const crashed = entry.live && this.#rules(entry.key.kind).crash?.(entry.live);
      // A failed start is counted once, as the crash that the driver recorded.
      const next =
        crashed && record?.backoff?.counted !== crashed.at
          ? record?.backoff
          : nextBackoff(record?.backoff, this.#deps.clock.now(), this.#deps.random(), failure.message);
      if (record && next && !crashed)
        await this.#deps.store.update(entry.key, (present) => present && { ...present, backoff: next });
      this.#queue.addAfter(text, Math.max(1_000, backoffLeft(next, this.#deps.clock.now())));
    }
  }

  #conclude(entry: Entry): void {
    const record = this.#deps.store.get(entry.key);
    const state = this.#sources.get(entry.declared?.origin ?? record?.origin.source ?? '');
    const live = entry.live as { degraded?: string; confusion?: string } | undefined;
    const problem = state?.problems.get(keyText(entry.key));
    const outcome: Outcome = {
      generation: record?.generation ?? 0,
      converged: entry.converged,
      held: entry.held,
      pending: pendingOf(entry).length,
      ...(entry.failure ? { failure: entry.failure } : {}),
      ...(!entry.converged && !entry.failure && entry.held.length === 0
        ? { working: entry.done.at(-1) ?? 'looking' }
        : {}),
      ...(live?.degraded === undefined ? {} : { degraded: live.degraded }),
      ...(record?.suspended ? { suspended: suspensionText(record.suspended) } : {}),
      ...(problem === undefined ? {} : { specProblem: problem }),
    };
    const before = entry.conditions.length > 0 ? entry.conditions : (record?.conditions ?? []);
    const wasReady = entry.looked && before.some(({ type, status }) => type === 'Ready' && status === 'True');
    entry.conditions = conditionsOf(outcome, before, this.#deps.clock.now().toISOString());
    entry.looked = true;
    if (entry.converged && !wasReady)
      for (const dependant of this.#dependants.get(keyText(entry.key)) ?? []) this.#queue.add(dependant);
  }

  #status(entry: Entry): ResourceStatus {
    const record = this.#deps.store.get(entry.key);
    const { state, runState, pid, uuid } = this.#rules(entry.key.kind).summary(entry.live);
    const file = entry.declared?.declared.file ?? record?.origin.file;
    const intent = record?.extra?.['intent'] as { want?: string; by?: string } | undefined;
    return {
      kind: entry.key.kind,
      name: entry.key.name,
      ...(uuid ? { uuid } : {}),
      state,
      ...(runState === undefined ? {} : { runState }),
      ...(pid === undefined ? {} : { pid }),
      ...(file === undefined ? {} : { file }),
      generation: record?.generation ?? 0,
      conditions: entry.conditions,
      pending: pendingOf(entry),
      ...(intent?.want ? { intent: `${intent.want} by ${intent.by}` } : {}),
      ...(record?.suspended ? { suspended: record.suspended } : {}),
    };
  }

  async #change(key: ResourceKey, change: (record: ResourceRecord) => ResourceRecord): Promise<void> {
    this.#require(key);
    await this.#deps.store.update(key, (record) => record && change(record));
    this.#queue.interrupt(keyText(key));
  }

  #require(key: ResourceKey): Entry {
    const entry = this.#entries.get(keyText(key));
    if (!entry)
      throw new Failure('not-found', `there is no ${keyText(key)}`, {
        retry: 'never',
        suggestion: 'qonverge status lists what there is',
      });
    return entry;
  }

  #entry(key: ResourceKey): Entry {
    const text = keyText(key);
    let entry = this.#entries.get(text);
    if (!entry) {
      entry = newEntry(key);
      this.#entries.set(text, entry);
      const def = this.#deps.store.get(key)?.def;
      if (def)
        for (const { key: need } of this.#rules(key.kind).references(def))
          this.#dependantsOf(keyText(need)).add(text);
    }
    return entry;
  }

  #dependantsOf(text: KeyText): Set<KeyText> {
    const found = this.#dependants.get(text) ?? new Set();
    this.#dependants.set(text, found);
    return found;
  }

  #wake(text: KeyText): void {
    // After the queue has let go of the key.
    setImmediate(() => {
      for (const wake of [...this.#settled]) wake();
    });
    if (!this.#entries.has(text)) this.#dependants.delete(text);
  }

  #rules(kind: Kind): AnyRules {
    return this.#deps.kinds[kind] as unknown as AnyRules;
  }

  #driver(kind: Kind): AnyDriver {
    return this.#deps.drivers[kind] as unknown as AnyDriver;
  }
}

function typeOf(action: Action): string {
  return action.type;
}

function pendingOf(entry: Entry): Entry['changes'] {
  return entry.held.find(({ reason }) => reason === 'RestartPolicy')?.changes ?? [];
}

function backoffHeld(key: ResourceKey, left: number, error: string | undefined) {
  const message = `waits ${Math.ceil(left / 1000)} s after repeated failures${error ? `: ${error}` : ''}`;
  return { key, reason: 'Backoff' as const, message, impact: 'none' as const, changes: [], actions: [] };
}

function suspensionText({ by, reason }: { readonly by: string; readonly reason?: string }): string {
  return `suspended by ${by}${reason ? `: ${reason}` : ''}`;
}

function sameConditions(a: ResourceRecord['conditions'], b: ResourceRecord['conditions']): boolean {
  return JSON.stringify(a ?? []) === JSON.stringify(b ?? []);
}

function byKindAndName(kinds: KindTable): (a: ResourceStatus, b: ResourceStatus) => number {
  return (a, b) => kinds[b.kind].order - kinds[a.kind].order || (a.name < b.name ? -1 : 1);
}

function camel(code: string): string {
  return code.replace(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase());
}
