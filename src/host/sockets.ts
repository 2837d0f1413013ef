import { chmodSync, renameSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../model/failure.ts';
import { assertSocketPath } from './paths.ts';

export type { Socket } from 'node:net';

/** A listening socket to hand to another process. We never accept on it. */
export interface ListeningSocket {
  readonly fd: number;
  /** Closes our copy; the path stays for the process that got it. */
  close(): Promise<void>;
}

/**
 * Binds under a private name, sets the mode, renames into place: nobody can connect before the mode holds, and Node's
 * removal of "its" path at close misses the public one.
 */
async function bind(server: Server, path: string, mode: number): Promise<void> {
  assertSocketPath(path);
  const hidden = assertSocketPath(join(dirname(path), `.${process.pid}-${basename(path)}`));
  rmSync(hidden, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(hidden, () => {
      server.off('error', reject);
      resolve();
    });
  });
  chmodSync(hidden, mode);
  renameSync(hidden, path);
}

export async function listenUnix(path: string, mode = 0o600): Promise<ListeningSocket> {
  const server = createServer();
  await bind(server, path, mode);
  const fd = (server as Server & { _handle?: { fd?: number } })._handle?.fd;
  if (fd === undefined || fd < 0) {
    server.close();
    throw new Failure('internal', `no file descriptor for ${path}`);
  }
  return { fd, close: () => closeServer(server) };
}

/** Serves connections of our own. Closing removes the path. */
export async function serveUnix(
  path: string,
  mode: number,
  onConnection: (socket: Socket) => void,
): Promise<{ close(): Promise<void> }> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    onConnection(socket);
  });
  await bind(server, path, mode);
  return {
    async close() {
      await rm(path, { force: true });
      for (const socket of open) socket.destroy();
      await closeServer(server);
    },
  };
}

export function connectUnix(path: string, signal?: AbortSignal, timeout = 5_000): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new Failure('cancelled', 'cancelled'));
    const socket = connect({ path, allowHalfOpen: false });
    const end = (error?: Error) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.off('error', end);
      if (!error) return resolve(socket);
      socket.destroy();
      reject(error);
    };
    const onAbort = () => end(new Failure('cancelled', `connecting to ${path} was cancelled`));
    const timer = setTimeout(
      () => end(new Failure('timed-out', `no connection to ${path} within ${timeout} ms`)),
      timeout,
    );
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.once('error', end);
    socket.once('connect', () => end());
  });
}

/** A connection by TCP, given up at once when it is there: whether it can be made is all that is asked. */
export function canConnect(
  { host, port }: { readonly host: string; readonly port: number },
  timeout: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new Failure('cancelled', 'cancelled'));
    const socket = connect({ host, port });
    const end = (error?: Error) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      if (error) reject(error);
      else resolve();
    };
    const onAbort = () => end(new Failure('cancelled', 'cancelled'));
    const timer = setTimeout(() => end(new Failure('timed-out', `no answer within ${timeout} ms`)), timeout);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', end);
    socket.once('connect', () => end());
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
