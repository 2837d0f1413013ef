import type { Clock } from '../../src/host/clock.ts';
import { Failure } from '../../src/model/failure.ts';

interface Sleeper {
  readonly at: number;
  wake(): void;
}

/** Time that moves only when a test says so. */
export class FakeClock implements Clock {
  #time = 0;
  readonly #start = Date.parse('2030-01-01T00:00:00Z');
  readonly #sleepers = new Set<Sleeper>();

  now(): Date {
    return new Date(this.#start + this.#time);
  }

  monotonic(): number {
    return this.#time;
  }

  /** How many wait for a later time. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancelled = () => {
        this.#sleepers.delete(sleeper);
        reject(new Failure('cancelled', 'cancelled'));
      };
      const sleeper: Sleeper = {
        at: this.#time + ms,
        wake: () => {
          signal?.removeEventListener('abort', cancelled);
          resolve();
        },
      };
      if (signal?.aborted) return cancelled();
      signal?.addEventListener('abort', cancelled, { once: true });
      this.#sleepers.add(sleeper);
    });
  }

  /** Moves time, waking sleepers in their order; what they do is given a moment each. */
  async advance(ms: number): Promise<void> {
    const target = this.#time + ms;
    for (;;) {
      const [next] = [...this.#sleepers].filter(({ at }) => at <= target).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#time = Math.max(this.#time, next.at);
      this.#sleepers.delete(next);
      next.wake();
      await moment();
    }
    this.#time = target;
    await moment();
  }
}

function moment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2));
}
