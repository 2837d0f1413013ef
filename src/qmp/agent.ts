import { randomInt } from 'node:crypto';

import { connectUnix, type Socket } from '../host/sockets.ts';
import { Failure } from '../model/failure.ts';
import { LineFramer } from './framing.ts';

/** The guest agent's protocol (qemu-ga). Everything that comes back is the guest's word: bounded, never trusted. */
export class GuestAgent {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** One exchange on a connection of its own, synchronised first: a stale answer is never taken for ours. */
  async execute<T = unknown>(
    command: string,
    args?: Readonly<Record<string, unknown>>,
    options: {
      readonly timeout?: number;
      readonly signal?: AbortSignal;
      readonly expectAnswer?: boolean;
    } = {},
  ): Promise<T | undefined> {
    const timeout = options.timeout ?? 5_000;
    let socket: Socket;
    try {
      socket = await connectUnix(this.#path, options.signal, timeout);
    } catch (cause) {
      throw new Failure('agent-unavailable', `guest agent: ${(cause as Error).message}`, { cause });
    }
    const lines = new LineStream(socket);
    try {
      const id = randomInt(1, 2 ** 31);
      // 0xFF makes the agent drop what stands in its buffer (guest-sync-delimited).
      socket.write(
        Buffer.concat([
          Buffer.from([0xff]),
          Buffer.from(`{"execute":"guest-sync-delimited","arguments":{"id":${id}}}\n`),
        ]),
      );
      await lines.until((message) => message['return'] === id, timeout, options.signal);
      socket.write(`${JSON.stringify({ execute: command, ...(args ? { arguments: args } : {}) })}\n`);
      if (options.expectAnswer === false) return undefined;
      const answer = await lines.until(
        (message) => 'return' in message || 'error' in message,
        timeout,
        options.signal,
      );
      if ('error' in answer)
        throw new Failure('agent-unavailable', `guest agent refused ${command}`, { cause: answer['error'] });
      return answer['return'] as T;
    } finally {
      socket.end();
      setTimeout(() => socket.destroy(), 200).unref();
    }
  }
}

class LineStream {
  readonly #socket: Socket;
  readonly #framer = new LineFramer(1024 * 1024);
  #messages: Readonly<Record<string, unknown>>[] = [];
  #wake: () => void = () => undefined;
  #error: Failure | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('close', () => this.#fail(new Failure('agent-unavailable', 'guest agent: connection closed')));
    socket.on('error', (cause) =>
      this.#fail(new Failure('agent-unavailable', `guest agent: ${cause.message}`, { cause })),
    );
  }

  async until(
    wanted: (message: Readonly<Record<string, unknown>>) => boolean,
    timeout: number,
    signal?: AbortSignal,
  ): Promise<Readonly<Record<string, unknown>>> {
    const deadline = performance.now() + timeout;
    for (;;) {
      for (let next = this.#messages.shift(); next; next = this.#messages.shift())
        if (wanted(next)) return next;
      if (this.#error) throw this.#error;
      if (signal?.aborted) throw new Failure('cancelled', 'cancelled');
      const left = deadline - performance.now();
      if (left <= 0) throw new Failure('agent-unavailable', `guest agent: no answer within ${timeout} ms`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  #receive(chunk: Buffer): void {
    try {
      for (const line of this.#framer.push(chunk)) {
        const text = line.replace(/^[^{]*/, '');
        if (text) this.#messages.push(JSON.parse(text) as Readonly<Record<string, unknown>>);
      }
    } catch (cause) {
      this.#socket.destroy();
      this.#fail(
        new Failure('agent-unavailable', 'guest agent: not an answer that we understand', { cause }),
      );
    }
    this.#wake();
  }

  #fail(error: Failure): void {
    this.#error ??= error;
    this.#wake();
  }
}
