import type { Clock } from '../host/clock.ts';
import type { KeyText } from '../model/resource.ts';

export interface QueueOptions {
  readonly clock: Clock;
  readonly workers: number;
  /** Work that takes longer only waits for something: it no longer counts as a worker, so that it delays nobody. */
  readonly patience: number;
  work(key: KeyText, signal: AbortSignal): Promise<void>;
  /** Told what `work` throws. */
  onError(key: KeyText, error: unknown): void;
}

interface Active {
  readonly controller: AbortController;
  readonly since: number;
  again: boolean;
  waiting: boolean;
  readonly ended: Promise<void>;
}

/** So many at most wait aside: enough to share a write, few enough that the event loop turns. */
const mostAside = 256;

/**
 * Keys to look at: each once however often it is added, one worker per key, a bound on workers. A key that is added
 * while it is worked on is looked at again afterwards.
 */
export class WorkQueue {
  readonly #options: QueueOptions;
  readonly #ready = new Set<KeyText>();
  readonly #active = new Map<KeyText, Active>();
  /** Somebody else is at them. */
  readonly #claims = new Map<KeyText, number>();
  readonly #delayed = new Map<KeyText, { readonly at: number; readonly timer: AbortController }>();
  readonly #idle = new Set<() => void>();
  #busy = 0;
  #aside = 0;
  #watching = false;
  readonly #ended = new AbortController();

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  add(key: KeyText): void {
    if (this.#ended.signal.aborted) return;
    this.#undelay(key);
    const active = this.#active.get(key);
    if (active) active.again = true;
    else {
      this.#ready.add(key);
      this.#next();
    }
  }

  /** Of several delays the earliest counts. */
  addAfter(key: KeyText, ms: number): void {
    if (this.#ended.signal.aborted) return;
    const { clock } = this.#options;
    const at = clock.monotonic() + ms;
    const known = this.#delayed.get(key);
    if (known && known.at <= at) return;
    this.#undelay(key);
    const timer = new AbortController();
    this.#delayed.set(key, { at, timer });
    clock.sleep(ms, timer.signal).then(
      () => this.add(key),
      () => undefined,
    );
  }

  /** A newer wish: waits of the work under way end, and the key is looked at again. */
  interrupt(key: KeyText): void {
    this.#active.get(key)?.controller.abort();
    this.add(key);
  }

  /** Something else than `work` on this key, alone with it; it is looked at afterwards. What does not give way is not waited for. */
  async exclusively(key: KeyText, act: () => Promise<void>): Promise<void> {
    const { clock, patience } = this.#options;
    this.#claims.set(key, (this.#claims.get(key) ?? 0) + 1);
    try {
      const active = this.#active.get(key);
      if (active) {
        active.controller.abort();
        const waited = new AbortController();
        await Promise.race([active.ended, clock.sleep(patience, waited.signal).catch(() => undefined)]);
        waited.abort();
      }
      await act();
    } finally {
      const left = (this.#claims.get(key) ?? 1) - 1;
      if (left > 0) this.#claims.set(key, left);
      else this.#claims.delete(key);
      if (this.#ended.signal.aborted) this.#next();
      else this.add(key);
    }
  }

  /** Work on this key waits for nothing but the disk from here on: others take its place, and share the write. */
  async aside(key: KeyText, wait: Promise<unknown>): Promise<void> {
    const active = this.#active.get(key);
    if (!active || active.waiting || this.#aside >= mostAside) {
      await wait;
      return;
    }
    active.waiting = true;
    this.#busy--;
    this.#aside++;
    this.#next();
    try {
      await wait;
    } finally {
      this.#aside--;
    }
  }

  /** It is looked at, or about to be. */
  isActive(key: KeyText): boolean {
    return this.#active.has(key) || this.#ready.has(key) || this.#claims.has(key);
  }

  /** Resolves when nothing is ready and nothing is worked on; delayed keys don't count. */
  whenIdle(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.#idle.add(resolve));
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    this.#ready.clear();
    for (const key of [...this.#delayed.keys()]) this.#undelay(key);
    for (const { controller } of this.#active.values()) controller.abort();
    await this.whenIdle();
  }

  #next(): void {
    for (const key of this.#ready) {
      if (this.#claims.has(key)) continue;
      if (this.#busy >= this.#options.workers) {
        this.#watch();
        return;
      }
      this.#ready.delete(key);
      this.#run(key);
    }
    if (!this.#isIdle()) return;
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }

  async #run(key: KeyText): Promise<void> {
    const { clock, work, onError } = this.#options;
    const controller = new AbortController();
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const since = clock.monotonic();
    const active: Active = { controller, since, again: false, waiting: false, ended };
    this.#active.set(key, active);
    this.#busy++;
    try {
      await work(key, controller.signal);
    } catch (error) {
      onError(key, error);
    }
    if (!active.waiting) this.#busy--;
    this.#active.delete(key);
    end();
    if (active.again && !this.#ended.signal.aborted) this.#ready.add(key);
    this.#next();
  }

  /** Only while keys wait for a worker: gives the places of slow ones to others. */
  async #watch(): Promise<void> {
    if (this.#watching) return;
    this.#watching = true;
    const { clock, patience } = this.#options;
    await clock.sleep(patience, this.#ended.signal).catch(() => undefined);
    this.#watching = false;
    for (const active of this.#active.values()) {
      if (active.waiting || clock.monotonic() - active.since < patience) continue;
      active.waiting = true;
      this.#busy--;
    }
    this.#next();
  }

  #isIdle(): boolean {
    return this.#active.size === 0 && this.#ready.size === 0 && this.#claims.size === 0;
  }

  #undelay(key: KeyText): void {
    this.#delayed.get(key)?.timer.abort();
    this.#delayed.delete(key);
  }
}
