import type { Duplex } from 'node:stream';
import { connectUnix } from '../host/sockets.ts';
import { Failure } from '../model/failure.ts';
import { EventFeed, type QmpEvent } from './events.ts';
import { LineFramer } from './framing.ts';

export interface ConnectOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds for connection, greeting and negotiation together. */
  readonly timeout?: number;
}

export interface ExecuteOptions {
  readonly signal?: AbortSignal;
  readonly timeout?: number;
}

interface Pending {
  readonly id: number;
  readonly command: string;
  resolve(value: unknown): void;
  reject(error: Failure): void;
}

/** One QMP connection: one command in flight, each with a deadline; events to whoever listens. */
export class Monitor {
  /** Of the greeting, e.g. `7.2.22`. */
  version = '';
  /** Resolves when the connection is gone, for whatever reason. */
  readonly closed: Promise<void>;
  readonly #stream: Duplex;
  readonly #framer = new LineFramer();
  readonly #feed = new EventFeed();
  #pending: Pending | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #nextId = 1;
  #failure: Failure | undefined;
  #greeted: ((version: string) => void) | undefined;
  #markClosed: () => void = () => undefined;

  private constructor(stream: Duplex) {
    this.#stream = stream;
    this.closed = new Promise((resolve) => {
      this.#markClosed = resolve;
    });
    stream.on('data', (chunk: Buffer) => this.#receive(chunk));
    stream.on('error', (cause: Error) =>
      this.#end(new Failure('qmp-disconnected', `QMP: ${cause.message}`, { cause })),
    );
    stream.on('close', () => this.#end(new Failure('qmp-disconnected', 'QEMU closed the monitor')));
  }

  /**
   * Connects, waits for the greeting, negotiates. No greeting although connected means that someone else holds the
   * monitor: `monitor-busy`.
   */
  static async connect(target: string | Duplex, options: ConnectOptions = {}): Promise<Monitor> {
    const timeout = options.timeout ?? 5_000;
    const deadline = performance.now() + timeout;
    const stream =
      typeof target === 'string' ? await connectMonitor(target, timeout, options.signal) : target;
    const monitor = new Monitor(stream);
    try {
      monitor.version = await monitor.#greeting(timeout, options.signal);
      await monitor.execute('qmp_capabilities', undefined, {
        timeout: Math.max(100, deadline - performance.now()),
        ...(options.signal ? { signal: options.signal } : {}),
      });
      return monitor;
    } catch (error) {
      monitor.close();
      throw error;
    }
  }

  execute<T = unknown>(
    command: string,
    args?: Readonly<Record<string, unknown>>,
    options: ExecuteOptions = {},
  ): Promise<T> {
    const turn = this.#tail.then(() => this.#send(command, args, options));
    this.#tail = turn.catch(() => undefined);
    return turn as Promise<T>;
  }

  subscribe(listener: (event: QmpEvent) => void): () => void {
    return this.#feed.subscribe(listener);
  }

  get isOpen(): boolean {
    return this.#failure === undefined;
  }

  close(): void {
    this.#end(new Failure('qmp-disconnected', 'the monitor was closed by us'));
  }

  #greeting(timeout: number, signal?: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      const done = (error?: Failure) => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        this.#greeted = undefined;
        if (error) reject(error);
      };
      const onAbort = () => done(new Failure('cancelled', 'cancelled'));
      const timer = setTimeout(
        () =>
          done(
            new Failure(
              'monitor-busy',
              `connected, but no greeting within ${timeout} ms: another client may hold the monitor`,
            ),
          ),
        timeout,
      );
      signal?.addEventListener('abort', onAbort, { once: true });
      this.closed.then(() => done(this.#failure));
      this.#greeted = (version) => {
        done();
        resolve(version);
      };
    });
  }

  #send(
    command: string,
    args: Readonly<Record<string, unknown>> | undefined,
    options: ExecuteOptions,
  ): Promise<unknown> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (options.signal?.aborted) return Promise.reject(new Failure('cancelled', 'cancelled'));
    const id = this.#nextId++;
    const timeout = options.timeout ?? 5_000;
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        options.signal?.removeEventListener('abort', onAbort);
        if (this.#pending?.id === id) this.#pending = undefined;
      };
      const fail = (error: Failure) => {
        settle();
        reject(error);
      };
      const onAbort = () => fail(new Failure('cancelled', `${command} was cancelled`));
      const timer = setTimeout(
        () => fail(new Failure('qmp-timeout', `no answer to ${command} within ${timeout} ms`)),
        timeout,
      );
      options.signal?.addEventListener('abort', onAbort, { once: true });
      this.#pending = {
        id,
        command,
        resolve: (value) => {
          settle();
          resolve(value);
        },
        reject: fail,
      };
      this.#stream.write(
        `${JSON.stringify({ execute: command, ...(args ? { arguments: args } : {}), id })}\n`,
      );
    });
  }

  #receive(chunk: Buffer): void {
    try {
      for (const line of this.#framer.push(chunk)) this.#handle(parse(line));
    } catch (error) {
      this.#end(
        error instanceof Failure ? error : new Failure('qmp-protocol', String(error), { cause: error }),
      );
    }
  }

  #handle(message: Readonly<Record<string, unknown>>): void {
    if ('QMP' in message) {
      this.#greeted?.(versionOf(message['QMP']));
    } else if (typeof message['event'] === 'string') {
      this.#feed.publish({
        event: message['event'],
        data: isObject(message['data']) ? message['data'] : {},
        timestamp: (message['timestamp'] ?? { seconds: 0, microseconds: 0 }) as QmpEvent['timestamp'],
      });
    } else if (this.#pending && message['id'] === this.#pending.id) {
      const { command } = this.#pending;
      if ('return' in message) this.#pending.resolve(message['return']);
      else this.#pending.reject(qmpError(command, message['error']));
    }
    // An answer to a command that we gave up on: nobody waits for it.
  }

  #end(failure: Failure): void {
    if (this.#failure) return;
    this.#failure = failure;
    this.#stream.destroy();
    this.#pending?.reject(failure);
    this.#markClosed();
  }
}

async function connectMonitor(path: string, timeout: number, signal?: AbortSignal): Promise<Duplex> {
  try {
    return await connectUnix(path, signal, timeout);
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw new Failure('qmp-disconnected', `cannot connect to ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function parse(line: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new Failure('qmp-protocol', `not JSON: ${line.slice(0, 80)}`, { cause });
  }
  if (!isObject(value)) throw new Failure('qmp-protocol', `not an object: ${line.slice(0, 80)}`);
  return value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function versionOf(greeting: unknown): string {
  const version = (greeting as { version?: { qemu?: { major?: number; minor?: number; micro?: number } } })
    .version?.qemu;
  return `${version?.major ?? 0}.${version?.minor ?? 0}.${version?.micro ?? 0}`;
}

function qmpError(command: string, error: unknown): Failure {
  const { class: kind, desc } = (isObject(error) ? error : {}) as { class?: string; desc?: string };
  return new Failure('qmp-error', `${command}: ${desc ?? 'unknown error'}`, { cause: { class: kind, desc } });
}
