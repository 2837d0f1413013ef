import type { ProcessIdentity } from '../../host/process-identity.ts';
import { keyText, type ResourceKey } from '../../model/resource.ts';
import type { DriverEvent } from '../contract.ts';
import type { QemuDeps } from './deps.ts';
import { heard, watchMonitor } from './listen.ts';
import { Session } from './session.ts';

type Key = ResourceKey<'Domain'>;

/** Bears our mark, and nothing on record says what it was started with. */
export interface Stranger {
  readonly identity: ProcessIdentity;
  readonly uuid: string;
}

/** The QEMUs that are there, and who is told about them. */
export class Domains {
  readonly deps: QemuDeps;
  /** Known once the driver is open. */
  bootId = '';
  closed = false;
  readonly #sessions = new Map<string, Session>();
  readonly #strangers = new Map<string, Stranger>();
  readonly #burying = new Map<string, Promise<void>>();
  readonly #carried = new Map<string, Promise<void>>();
  readonly #listeners = new Set<(event: DriverEvent) => void>();

  constructor(deps: QemuDeps) {
    this.deps = deps;
  }

  get(name: string): Session | undefined {
    return this.#sessions.get(name);
  }

  sessions(): Iterable<Session> {
    return this.#sessions.values();
  }

  names(): Iterable<string> {
    return [...this.#sessions.keys(), ...this.#strangers.keys()];
  }

  addStranger(name: string, stranger: Stranger): void {
    this.#strangers.set(name, stranger);
  }

  stranger(name: string): Stranger | undefined {
    return this.#strangers.get(name);
  }

  removeStranger(name: string): void {
    this.#strangers.delete(name);
  }

  /** A session for this record, not in the table yet. Its events reach us. */
  session(record: Session['record']): Session {
    const session = new Session(record, this.deps.runRecords.directory(record.key), (event) =>
      heard(session, event, this),
    );
    return session;
  }

  add(session: Session): void {
    this.#sessions.set(session.record.key.name, session);
  }

  /** From now on the end of its monitor is noticed. */
  watch(session: Session): void {
    this.add(session);
    watchMonitor(session, this);
  }

  delete(name: string): void {
    this.#sessions.delete(name);
  }

  /** The clearing away of one domain; who starts it waits for that, and nobody does it twice. */
  burying(name: string, work: () => Promise<void>): Promise<void> {
    const known = this.#burying.get(name);
    if (known) return known;
    const doing = work().finally(() => this.#burying.delete(name));
    this.#burying.set(name, doing);
    return doing;
  }

  async buried(name: string): Promise<void> {
    await this.#burying.get(name);
  }

  /** What an earlier life began with it is brought to its end: nothing else is done with it meanwhile. */
  carryingOn(name: string, work: Promise<void>): void {
    const done = work.finally(() => this.#carried.delete(name));
    this.#carried.set(name, done);
  }

  async carriedOn(name: string): Promise<void> {
    await this.#carried.get(name);
  }

  subscribe(listener: (event: DriverEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(key: Key, event: string, detail?: string): void {
    for (const listener of this.#listeners)
      listener({ key, event, ...(detail === undefined ? {} : { detail }) });
  }

  warn(key: Key, reason: string, message: string): void {
    this.deps.log.warn(reason, { key: keyText(key), message });
    this.deps.events.append({ key: keyText(key), type: 'Warning', reason, message });
  }

  /** No end of a monitor means anything any more. Returns who is to be let go. */
  close(): readonly Session[] {
    this.closed = true;
    return [...this.#sessions.values()];
  }
}
