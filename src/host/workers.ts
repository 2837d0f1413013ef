import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Failure } from '../model/failure.ts';

export interface WorkerPoolOptions {
  readonly size: number;
  /** Milliseconds for one task; a worker that takes longer is ended and replaced. */
  readonly timeout: number;
  readonly maxHeapMb: number;
  /** What every worker gets to begin with. */
  readonly data?: unknown;
}

interface Job<T, R> {
  readonly task: T;
  resolve(result: R): void;
  reject(failure: Failure): void;
}

interface Slot<T, R> {
  readonly worker: Worker;
  job?: Job<T, R> | undefined;
  timer?: NodeJS.Timeout | undefined;
}

/**
 * Threads for work that may run away. A worker says `ready` once, then answers each task with one message. One that
 * takes too long or too much memory is ended; only its own task fails.
 */
export class WorkerPool<T, R> {
  readonly #entry: URL;
  readonly #options: WorkerPoolOptions;
  readonly #waiting: Job<T, R>[] = [];
  readonly #slots = new Set<Slot<T, R>>();
  readonly #idle: Slot<T, R>[] = [];

  constructor(entry: URL, options: WorkerPoolOptions) {
    this.#entry = entry;
    this.#options = options;
  }

  run(task: T): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ task, resolve, reject });
      if (this.#idle.length === 0 && this.#slots.size < this.#options.size) this.#start();
      this.#next();
    });
  }

  /** Ends every worker. What is still waited for fails. */
  async close(): Promise<void> {
    const closed = new Failure('cancelled', 'the worker pool was closed');
    for (const job of this.#waiting.splice(0)) job.reject(closed);
    await Promise.all(
      [...this.#slots].map((slot) => {
        this.#drop(slot)?.reject(closed);
        return slot.worker.terminate();
      }),
    );
  }

  #start(): void {
    const worker = new Worker(this.#entry, {
      workerData: this.#options.data,
      resourceLimits: { maxOldGenerationSizeMb: this.#options.maxHeapMb },
    });
    const slot: Slot<T, R> = { worker };
    this.#slots.add(slot);
    worker.once('message', () => {
      worker.on('message', (result: R) => this.#done(slot, result));
      this.#idle.push(slot);
      this.#next();
    });
    worker.on('error', (error) => this.#fail(slot, new Failure('internal', error.message, { cause: error })));
    worker.on('exit', (code) => this.#fail(slot, new Failure('internal', `the worker ended (${code})`)));
  }

  #next(): void {
    while (this.#waiting.length > 0) {
      const slot = this.#idle.pop();
      if (!slot) return;
      const job = this.#waiting.shift();
      slot.job = job;
      slot.timer = setTimeout(() => {
        this.#fail(slot, new Failure('timed-out', `not done within ${this.#options.timeout} ms`));
        slot.worker.terminate();
      }, this.#options.timeout);
      slot.worker.postMessage(job?.task);
    }
  }

  #done(slot: Slot<T, R>, result: R): void {
    clearTimeout(slot.timer);
    const { job } = slot;
    slot.job = undefined;
    this.#idle.push(slot);
    job?.resolve(result);
    this.#next();
  }

  #fail(slot: Slot<T, R>, failure: Failure): void {
    if (!this.#slots.has(slot)) return;
    const job = this.#drop(slot);
    // One that never got to work would fail again and again: its turn goes to whoever waits.
    (job ?? this.#waiting.shift())?.reject(failure);
    if (this.#waiting.length > 0 && this.#slots.size < this.#options.size) this.#start();
  }

  #drop(slot: Slot<T, R>): Job<T, R> | undefined {
    clearTimeout(slot.timer);
    this.#slots.delete(slot);
    const at = this.#idle.indexOf(slot);
    if (at >= 0) this.#idle.splice(at, 1);
    return slot.job;
  }
}

/** The other side: inside a worker, answers its tasks. Elsewhere it does nothing. */
export function serveTasks<T, D>(answer: (task: T, data: D) => Promise<unknown>): void {
  if (isMainThread) return;
  parentPort?.on('message', async (task: T) => parentPort?.postMessage(await answer(task, workerData as D)));
  parentPort?.postMessage('ready');
}
