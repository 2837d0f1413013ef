import { join } from 'node:path';
import { connectUnix, type Socket, serveUnix } from '../host/sockets.ts';
import { Failure, type FailureCode, toFailure } from '../model/failure.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Host } from './contract.ts';
import { operationNamed } from './operations.ts';

/** A request: the largest is a spec given inline. */
const maxRequest = 4 * 1024 * 1024;
const maxAnswer = 512 * 1024 * 1024;
/** What a reader may leave unread before more is said. */
const maxUnread = 1024 * 1024;
const maxClients = 64;
const idleTimeout = 60_000;

export function controlSocket(runDir: string): string {
  return join(runDir, 'control.sock');
}

/**
 * Serves the operation table on a unix socket: one JSON line asks, JSON lines answer, `{result}` or `{error}` ends. One
 * request at a time on a connection.
 */
export async function serveControl(
  host: Host,
  runDir: string,
  log: Logger,
): Promise<{ close(): Promise<void> }> {
  let clients = 0;
  return serveUnix(controlSocket(runDir), 0o600, (socket) => {
    if (clients >= maxClients) {
      const error = new Failure('refused', `${maxClients} clients are connected, no more are taken`);
      socket.end(lineOf({ error: wordsOf(error) }), () => socket.destroy());
      return;
    }
    clients++;
    const ended = new AbortController();
    socket.once('close', () => {
      clients--;
      ended.abort();
    });
    socket.on('error', () => socket.destroy());
    socket.setTimeout(idleTimeout, () => socket.destroy());
    let busy = false;
    readLines(socket, maxRequest, (line) => {
      if (busy) {
        socket.destroy();
        return;
      }
      busy = true;
      socket.setTimeout(0);
      answer(host, line, socket, ended.signal)
        .catch((error) => log.warn('control', { error: String(error) }))
        .finally(() => {
          busy = false;
          socket.setTimeout(idleTimeout);
        });
    });
  });
}

async function answer(host: Host, line: string, socket: Socket, signal: AbortSignal): Promise<void> {
  const send = (message: unknown) => {
    // A reader that does not read is let go rather than kept in memory.
    if (socket.writableLength > maxUnread) socket.destroy();
    else if (socket.writable) socket.write(lineOf(message));
  };
  try {
    const { op, input } = parseRequest(line);
    send({ result: (await operationNamed(op).run(host, input, send, signal)) ?? null });
  } catch (error) {
    send({ error: wordsOf(toFailure(error)) });
  }
}

function lineOf(message: unknown): string {
  return `${JSON.stringify(message)}\n`;
}

function wordsOf({ code, message, suggestion }: Failure): unknown {
  return { code, message, suggestion };
}

function parseRequest(line: string): { op: string; input: unknown } {
  let request: unknown;
  try {
    request = JSON.parse(line);
  } catch (cause) {
    throw new Failure('refused', 'a request is one line of JSON', { cause, retry: 'never' });
  }
  const { op, input = {} } = (typeof request === 'object' && request !== null ? request : {}) as {
    op?: unknown;
    input?: unknown;
  };
  if (typeof op !== 'string')
    throw new Failure('refused', 'a request has `op` and `input`', { retry: 'never' });
  return { op, input };
}

/** Asks whoever serves this run directory. undefined: nobody does. */
export async function connectControl(runDir: string): Promise<Socket | undefined> {
  try {
    return await connectUnix(controlSocket(runDir), undefined, 2_000);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return undefined;
    if (code === 'EACCES')
      throw new Failure('permission-denied', `${controlSocket(runDir)}: permission denied`, {
        retry: 'never',
        suggestion: 'run as the user whose machines these are',
      });
    throw error;
  }
}

/** One request over an open connection. */
export function ask(
  socket: Socket,
  op: string,
  input: unknown,
  onMessage: (message: Readonly<Record<string, unknown>>) => void,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    socket.once('close', () => reject(new Failure('daemon-unreachable', 'the daemon closed the connection')));
    socket.once('error', (cause) => reject(new Failure('daemon-unreachable', cause.message, { cause })));
    readLines(socket, maxAnswer, (line) => {
      const message = JSON.parse(line) as Readonly<Record<string, unknown>>;
      if ('result' in message) {
        resolve(message['result']);
        socket.end();
      } else if ('error' in message) {
        const {
          code,
          message: words,
          suggestion,
        } = message['error'] as { code: FailureCode; message: string; suggestion?: string };
        reject(new Failure(code, words, { retry: 'never', ...(suggestion ? { suggestion } : {}) }));
        socket.end();
      } else onMessage(message);
    });
    socket.write(lineOf({ op, input }));
  });
}

function readLines(socket: Socket, limit: number, onLine: (line: string) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  socket.on('data', (chunk: Buffer) => {
    let rest = chunk;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      chunks.push(rest.subarray(0, end));
      const line = Buffer.concat(chunks.splice(0)).toString('utf8');
      size = 0;
      rest = rest.subarray(end + 1);
      if (line.trim() !== '') onLine(line);
    }
    size += rest.length;
    if (size > limit) socket.destroy();
    else if (rest.length > 0) chunks.push(rest);
  });
}
