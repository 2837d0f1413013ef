import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../src/host/clock.ts';
import { Failure } from '../../src/model/failure.ts';

interface Sleeper {
  readonly at: number;
  wake(): void;
}

/** Time that passes only when a test says so. */
export class FakeClock implements Clock {
  #elapsed = 0;
  #start: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(start = '2030-01-01T00:00:00.000Z') {
    this.#start = Date.parse(start);
  }

  now(): Date {
    return new Date(this.#start + this.#elapsed);
  }

  monotonic(): number {
    return this.#elapsed;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancelled = () => {
        this.#sleepers.delete(sleeper);
        reject(new Failure('cancelled', 'cancelled'));
      };
      const sleeper: Sleeper = {
        at: this.#elapsed + ms,
        wake: () => {
          signal?.removeEventListener('abort', cancelled);
          resolve();
        },
      };
      if (signal?.aborted) return cancelled();
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', cancelled, { once: true });
    });
  }

  /** Lets time pass: whoever sleeps wakes in order, and gets its turn before the next one wakes. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    for (;;) {
      await turn();
      const [next] = [...this.#sleepers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#elapsed = Math.max(this.#elapsed, next.at);
      this.#sleepers.delete(next);
      next.wake();
    }
    this.#elapsed = end;
    await turn();
  }

  /** Somebody sets the clock: time jumps, and nothing has passed. */
  jump(ms: number): void {
    this.#start += ms;
  }

  /** In how many milliseconds the next one wakes. */
  get nextWake(): number | undefined {
    const times = [...this.#sleepers].map(({ at }) => at - this.#elapsed);
    return times.length === 0 ? undefined : Math.min(...times);
  }
}
