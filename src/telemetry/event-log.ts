import type { KeyText } from '../model/resource.ts';

/** What happened, for people: `qonverge events`. */
export interface EventRecord {
  readonly time: string;
  readonly key?: KeyText;
  /** Where it is about a source. */
  readonly source?: string;
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, from a closed set. */
  readonly reason: string;
  readonly message: string;
}

/** The last events, and whoever follows them. Durable keeping is the writer's that is passed in. */
export class EventLog {
  readonly #recent: EventRecord[] = [];
  readonly #listeners = new Set<(event: EventRecord) => void>();
  readonly #capacity: number;
  readonly #now: () => Date;
  readonly #keep: (event: EventRecord) => void;

  constructor(options: { capacity?: number; now?: () => Date; keep?: (event: EventRecord) => void } = {}) {
    this.#capacity = options.capacity ?? 1_000;
    this.#now = options.now ?? (() => new Date());
    this.#keep = options.keep ?? (() => undefined);
  }

  append(event: Omit<EventRecord, 'time'>): void {
    const record: EventRecord = { time: this.#now().toISOString(), ...event };
    this.#recent.push(record);
    if (this.#recent.length > this.#capacity) this.#recent.shift();
    this.#keep(record);
    for (const listener of this.#listeners) listener(record);
  }

  recent(limit = this.#capacity): readonly EventRecord[] {
    return limit > 0 ? this.#recent.slice(-limit) : [];
  }

  follow(listener: (event: EventRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
