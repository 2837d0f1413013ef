import { Failure } from '../model/failure.ts';

/** Time comes in here, so that tests can own it. */
export interface Clock {
  /** Wall time: for display only. */
  now(): Date;
  /** Milliseconds that never jump. */
  monotonic(): number;
  /** Rejects with `cancelled` when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      const cancelled = () => reject(new Failure('cancelled', 'cancelled', { cause: signal?.reason }));
      if (signal?.aborted) return cancelled();
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      const onAbort = () => {
        clearTimeout(timer);
        cancelled();
      };
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  },
};
