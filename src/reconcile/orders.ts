import type { Driver } from '../drivers/contract.ts';
import { defaultGracePeriod } from '../kinds/domain/plan.ts';
import type { DomainDef } from '../model/domain.ts';
import type { LiveDomain, PowerIntent } from '../model/domain-live.ts';
import { Failure, toFailure } from '../model/failure.ts';
import { type Action, type Kind, keyText, type ResourceKey } from '../model/resource.ts';
import type { ResourceRecord, Suspension } from '../state/records.ts';
import type { ControllerDeps } from './deps.ts';
import { undefinedByPerson } from './gate.ts';
import { type Departed, type HostShutdown, type Running, takeDown } from './host-shutdown.ts';
import { newAttempt, noteHistory } from './note-history.ts';
import type { WorkQueue } from './queue.ts';
import { withIntent, withoutBackoff, withoutSuspension } from './record-changes.ts';
import type { ResourceIndex } from './resource-index.ts';
import { withoutRollback } from './rollback.ts';

/** What people ask for. All of it goes through the queue, so that no two hands are on one resource. */
export class Orders {
  readonly #deps: ControllerDeps;
  readonly #index: ResourceIndex;
  readonly #queue: WorkQueue;
  readonly #closed: AbortSignal;
  #ending = false;

  constructor(deps: ControllerDeps, index: ResourceIndex, queue: WorkQueue, closed: AbortSignal) {
    this.#deps = deps;
    this.#index = index;
    this.#queue = queue;
    this.#closed = closed;
  }

  /** The host goes down: facts are looked at, and nothing is done about them. */
  get ending(): boolean {
    return this.#ending;
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
    await this.#firstLook(key);
    await this.#change(key, (record) => ({ ...record, suspended }));
  }

  async resume(key: ResourceKey): Promise<void> {
    await this.#firstLook(key);
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
    this.#index.require(key);
    this.#refuseAtEnd();
    await this.#firstLook(key);
    const live = await this.#deps.drivers.Domain.observe(key, this.#closed);
    const starts = (live?.starts ?? 0) - (isUp(live) ? 1 : 0);
    const order: PowerIntent = { ...intent, starts };
    const again = (record: ResourceRecord) => (intent.restart ? withoutRollback(record) : record);
    const obey = () => this.#change(key, (record) => withIntent(again(withoutBackoff(record)), order), order);
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
    this.#index.require(key);
    this.#refuseAtEnd();
    await this.#queue.exclusively(keyText(key), () =>
      this.#doing(key, action as Action, by, () =>
        (this.#deps.drivers[key.kind] as unknown as Driver<Kind>).perform(key, action as Action, signal),
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
        const live = await drivers.Domain.observe(key, this.#closed);
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
        this.#index.require(key),
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
    const { declaration } = this.#index.require(key);
    const refuse = (message: string, suggestion: string) =>
      new Failure('refused', message, { retry: 'never', suggestion });
    if (declaration)
      throw refuse(`${keyText(key)} is declared by ${declaration.declared.file}`, 'remove it there');
    if (this.#deps.store.get(key)?.protected)
      throw refuse(`${keyText(key)} is protected`, 'take qonverge/protect out of its spec first');
    await this.#change(key, (record) => ({ ...record, origin: { source: undefinedByPerson } }));
  }

  /** A person may be faster than the first look at a new spec, which accepts it. */
  async #firstLook(key: ResourceKey): Promise<void> {
    const { store, clock } = this.#deps;
    while (!store.get(key) && this.#queue.isActive(keyText(key))) await clock.sleep(20, this.#closed);
  }

  async #change(
    key: ResourceKey,
    change: (record: ResourceRecord) => ResourceRecord,
    order?: PowerIntent,
  ): Promise<void> {
    const entry = this.#index.require(key);
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
}

function isUp(live: LiveDomain | undefined): boolean {
  return live?.state === 'running' || live?.state === 'paused' || live?.state === 'pmsuspended';
}
