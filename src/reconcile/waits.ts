import type { KindTable } from '../kinds/contract.ts';
import { type KeyText, keyText } from '../model/resource.ts';
import { rulesOf } from '../plan/rules-of.ts';
import type { Store } from '../state/store.ts';
import { type Entry, isSettled } from './entry.ts';
import type { WorkQueue } from './queue.ts';
import type { ResourceIndex } from './resource-index.ts';

/** Whoever waits for the loop to get somewhere. */
export class Waits {
  readonly #kinds: KindTable;
  readonly #index: ResourceIndex;
  readonly #store: Pick<Store, 'get'>;
  readonly #queue: WorkQueue;
  readonly #waiting = new Set<() => void>();
  #waking = false;

  constructor(
    { kinds, store }: { readonly kinds: KindTable; readonly store: Pick<Store, 'get'> },
    index: ResourceIndex,
    queue: WorkQueue,
  ) {
    this.#kinds = kinds;
    this.#index = index;
    this.#store = store;
    this.#queue = queue;
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
          this.#waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.#waiting.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    }
  }

  /** Once per turn of the event loop, after the queue has let go of the keys. */
  wake(): void {
    if (this.#waking || this.#waiting.size === 0) return;
    this.#waking = true;
    setImmediate(() => {
      this.#waking = false;
      for (const wake of [...this.#waiting]) wake();
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
    const def = declaration?.declared.def ?? this.#store.get(key)?.def;
    if (!def || !held.some(({ reason }) => reason === 'DependencyNotReady')) return false;
    return rulesOf(this.#kinds, key.kind)
      .references(def)
      .some((reference) => {
        const text = keyText(reference.key);
        const needed = this.#index.get(text);
        if (!needed) return true;
        // Not looked at and not about to be: nobody here does anything about it.
        return (
          !this.#index.isAvailable(needed) &&
          !this.#queue.isActive(text) &&
          (isSettled(needed) || !needed.looked)
        );
      });
  }
}
