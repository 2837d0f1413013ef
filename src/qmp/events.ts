/** One event of QEMU (QMP specification, "Asynchronous events"). */
export interface QmpEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly timestamp: { readonly seconds: number; readonly microseconds: number };
  /** How many of the same were folded into this one. */
  readonly count: number;
}

/**
 * Hands events on in order, at most one of a kind and device waiting: a guest that floods us costs a counter, no queue.
 */
export class EventFeed {
  readonly #listeners = new Set<(event: QmpEvent) => void>();
  readonly #waiting = new Map<string, QmpEvent>();
  #scheduled = false;

  subscribe(listener: (event: QmpEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  publish(event: Omit<QmpEvent, 'count'>): void {
    const subject = event.data['device'] ?? event.data['id'] ?? event.data['qom-path'] ?? '';
    const key = `${event.event} ${typeof subject === 'string' ? subject : ''}`;
    const before = this.#waiting.get(key);
    if (!before && this.#waiting.size >= 1_000) return;
    this.#waiting.set(key, { ...event, count: (before?.count ?? 0) + 1 });
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    const events = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const event of events) for (const listener of this.#listeners) listener(event);
  }
}
