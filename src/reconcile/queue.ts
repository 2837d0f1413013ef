import type { KeyText } from '../model/resource.ts';

export interface QueueOptions {
  readonly workers: number;
  /** Never throws for a key's own trouble; what it throws is told to `onError`. */
  work(key: KeyText, signal: AbortSignal): Promise<void>;
  onError(key: KeyText, error: unknown): void;
}

/**
 * Keys to look at: each once however often it is added, one worker per key, a bound on workers. A key that is added
 * while it is worked on is looked at again afterwards.
 */
export class WorkQueue {
  readonly #options: QueueOptions;
  readonly #ready = new Set<KeyText>();
  readonly #active = new Map<KeyText, AbortController>();
  readonly #again = new Set<KeyText>();
  readonly #timers = new Map<KeyText, { at: number; timer: NodeJS.Timeout }>();
  readonly #idle = new Set<() => void>();
  #stopped = false;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  add(key: KeyText): void {
    if (this.#stopped) return;
    this.#clearTimer(key);
    if (this.#active.has(key)) this.#again.add(key);
    else {
      this.#ready.add(key);
      this.#next();
    }
  }

  /** The earliest of several delays counts. */
  addAfter(key: KeyText, ms: number): void {
    if (this.#stopped) return;
    const at = performance.now() + ms;
    const known = this.#timers.get(key);
    if (known && known.at <= at) return;
    this.#clearTimer(key);
    const timer = setTimeout(
      () => {
        this.#timers.delete(key);
        this.add(key);
      },
      Math.min(ms, 2 ** 31 - 1),
    );
    timer.unref();
    this.#timers.set(key, { at, timer });
  }

  /** A newer wish: waits of the work under way end, and the key is looked at again. */
  interrupt(key: KeyText): void {
    this.#active.get(key)?.abort();
    this.add(key);
  }

  isActive(key: KeyText): boolean {
    return this.#active.has(key) || this.#ready.has(key);
  }

  /** Resolves when nothing is ready and nothing is worked on; delayed keys don't count. */
  whenIdle(): Promise<void> {
    if (this.#active.size === 0 && this.#ready.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.add(resolve));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#ready.clear();
    this.#again.clear();
    for (const key of [...this.#timers.keys()]) this.#clearTimer(key);
    for (const controller of this.#active.values()) controller.abort();
    await this.whenIdle();
  }

  #next(): void {
    while (this.#active.size < this.#options.workers) {
      const [key] = this.#ready;
      if (key === undefined) break;
      this.#ready.delete(key);
      const controller = new AbortController();
      this.#active.set(key, controller);
      this.#run(key, controller);
    }
    if (this.#active.size === 0 && this.#ready.size === 0) {
      for (const resolve of this.#idle) resolve();
      this.#idle.clear();
    }
  }

  async #run(key: KeyText, controller: AbortController): Promise<void> {
    try {
      await this.#options.work(key, controller.signal);
    } catch (error) {
      this.#options.onError(key, error);
    } finally {
      this.#active.delete(key);
      if (this.#again.delete(key) && !this.#stopped) this.#ready.add(key);
      this.#next();
    }
  }

  #clearTimer(key: KeyText): void {
    const known = this.#timers.get(key);
    if (!known) return;
    clearTimeout(known.timer);
    this.#timers.delete(key);
  }
}
