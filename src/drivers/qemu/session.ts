import { join } from 'node:path';
import type { RunState, ShutdownReason } from '../../model/domain-live.ts';
import type { QmpEvent } from '../../qmp/events.ts';
import { Monitor } from '../../qmp/monitor.ts';
import type { RunRecord } from '../../state/run-records.ts';
import type { LiveFacts } from './live/observe-facts.ts';
import type { Update } from './live/update.ts';
import type { Heard } from './probe/has-said.ts';

/** What one running QEMU tells us: its monitor, its last state, why it stopped. */
export class Session {
  record: RunRecord;
  readonly directory: string;
  monitor: Monitor | undefined;
  /** Of the SHUTDOWN event; the guest's own or ours. */
  shutdownReason: ShutdownReason | undefined;
  /** Of a process that is our own child: resolves when it has ended. */
  exited: Promise<unknown> | undefined;
  /** Its guest was asked to shut down, in this life of ours. */
  askedToStop = false;
  /** We told it to end. */
  endedByUs = false;
  /** The change under way, or the last one; never rejects. */
  changing: Promise<void> = Promise.resolve();
  /** A change that QEMU did not answer to. */
  unanswered: Update | undefined;
  /** What QEMU said last of its parts. */
  facts: LiveFacts | undefined;
  /** Where the guest stood on its way to the balloon's target. */
  balloonSeen: number | undefined;
  /** What its serial ports were searched for, and how far. */
  heard: Heard | undefined;
  /** Since when parts are known to differ from the record, by path. */
  driftSince: ReadonlyMap<string, string> = new Map();
  #runState: RunState | undefined;
  #known = false;
  #askedAt = 0;
  #listen: (event: QmpEvent) => void;

  constructor(record: RunRecord, directory: string, listen: (event: QmpEvent) => void) {
    this.record = record;
    this.directory = directory;
    this.#listen = listen;
  }

  get pidfile(): string {
    return join(this.directory, 'qemu.pid');
  }

  socket(at: 0 | 1): string {
    return join(this.directory, `qmp${at}.sock`);
  }

  /** Takes over a connected monitor: its events keep the state. */
  attach(monitor: Monitor): void {
    this.monitor = monitor;
    this.#known = false;
    monitor.subscribe((event) => {
      // Whatever happens, the next look asks QEMU itself.
      this.doubt();
      if (event.event === 'SHUTDOWN')
        this.shutdownReason = String(event.data['reason'] ?? 'none') as ShutdownReason;
      if (event.event === 'RESET') this.shutdownReason = undefined;
      this.#listen(event);
    });
  }

  async connect(timeout: number, signal?: AbortSignal): Promise<Monitor> {
    if (this.monitor?.isOpen) return this.monitor;
    const options = { timeout, ...(signal ? { signal } : {}) };
    const monitor = await Monitor.connect(this.socket(0), options);
    this.attach(monitor);
    return monitor;
  }

  /** The emergency monitor, for when the first one is held or hung. */
  connectSecond(timeout: number): Promise<Monitor> {
    return Monitor.connect(this.socket(1), { timeout });
  }

  /** QMP query-status. An answer holds for five seconds, unless something is heard that makes us ask again. */
  async runState(signal?: AbortSignal): Promise<RunState> {
    const fresh = performance.now() - this.#askedAt < 5_000;
    if (this.#known && fresh && this.#runState && this.monitor?.isOpen) return this.#runState;
    const monitor = await this.connect(3_000, signal);
    this.#known = true;
    this.#askedAt = performance.now();
    const { status } = await monitor.execute<{ status: RunState }>(
      'query-status',
      undefined,
      signal ? { signal } : {},
    );
    this.#runState = status;
    return status;
  }

  /** Trusts nothing heard so far. */
  doubt(): void {
    this.#known = false;
    this.facts = undefined;
  }

  get lastRunState(): RunState | undefined {
    return this.#runState;
  }
}
