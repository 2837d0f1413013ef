import type { Clock } from './clock.ts';

export interface KeepGoing {
  readonly clock: Pick<Clock, 'sleep'>;
  readonly signal: AbortSignal;
  /** Milliseconds until it is begun anew. */
  readonly pause: number;
  onFailure(error: unknown): void;
}

/** Work that has no end of its own: where it fails it is begun anew after a while, and nobody else's is ended by it. */
export async function keepGoing(
  work: () => Promise<void>,
  { clock, signal, pause, onFailure }: KeepGoing,
): Promise<void> {
  while (!signal.aborted) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) return;
      onFailure(error);
      await clock.sleep(pause, signal).catch(() => undefined);
    }
  }
}
