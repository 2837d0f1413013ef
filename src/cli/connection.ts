import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, connectControl } from '../api/control.ts';
import { operationNamed } from '../api/operations.ts';
import { openHost } from '../daemon.ts';
import { type HostPaths, resolvePaths } from '../host/paths.ts';
import { Failure } from '../model/failure.ts';
import { createLogger, type Logger } from '../telemetry/log.ts';
import { duration, type ParsedArguments } from './arguments.ts';

export interface Connection {
  readonly uri: string;
  readonly paths: HostPaths;
  readonly policy?: string;
}

/** `--connect`, then QONVERGE_URI, then LIBVIRT_DEFAULT_URI, then system for root and session for others. */
export function connectionOf(args: ParsedArguments): Connection {
  const { env } = process;
  const own = process.getuid?.() === 0 ? 'qemu:///system' : 'qemu:///session';
  const uri = args.text('connect') ?? env['QONVERGE_URI'] ?? env['LIBVIRT_DEFAULT_URI'] ?? own;
  const scope = uri === 'qemu:///session' || process.getuid?.() !== 0 ? 'session' : 'system';
  const paths = resolvePaths({
    scope,
    stateDir: args.text('state-dir'),
    runDir: args.text('run-dir'),
    logDir: args.text('log-dir'),
    env,
  });
  const policy = args.text('policy') ?? env['QONVERGE_POLICY'];
  return { uri, paths, ...(policy === undefined ? {} : { policy: resolve(policy) }) };
}

export function loggerOf(args: ParsedArguments, quiet: boolean): Logger {
  return createLogger({
    level: args.is('verbose') ? 'debug' : quiet ? 'error' : 'info',
    format: args.text('log-format') === 'json' ? 'json' : 'text',
    write: (line) => process.stderr.write(`${line}\n`),
  });
}

export interface CallOptions {
  onMessage?(message: Readonly<Record<string, unknown>>): void;
  /** Facts only: nothing is adopted into action. */
  readonly inspect?: boolean;
}

/** Whoever holds the lock may be coming up, with a machine that does not answer, or going. */
const lockPatience = 30_000;

/** One operation: by the daemon when one runs here, else by ourselves with the same table. */
export async function call(
  args: ParsedArguments,
  op: string,
  input: unknown,
  options: CallOptions = {},
): Promise<unknown> {
  const { uri, paths, policy } = connectionOf(args);
  const onMessage = options.onMessage ?? (() => undefined);
  const begin = performance.now();
  let told = false;
  for (;;) {
    const socket = await connectControl(paths.runDir);
    try {
      if (socket) {
        if (args.text('policy') !== undefined) throw ownPolicy(socket);
        return await ask(socket, op, input, onMessage);
      }
      return await alone(
        args,
        { uri, paths, ...(policy === undefined ? {} : { policy }) },
        op,
        input,
        options,
        onMessage,
      );
    } catch (error) {
      const waited = performance.now() - begin;
      if (!isPassing(error, options) || waited > lockPatience) throw error;
      if (waited > 2_000 && !told) process.stderr.write(`${error.message}: waiting for its answer\n`);
      told ||= waited > 2_000;
      await sleep(100);
    }
  }
}

/** Who was asked for facts may have been a command that has just ended; for anything else nobody knows what was done. */
function isPassing(error: unknown, { inspect = false }: CallOptions): error is Failure {
  if (!(error instanceof Failure)) return false;
  return error.code === 'state-locked' || (inspect && error.code === 'daemon-unreachable');
}

/** The wall is the daemon's: a policy of one command's would hold nothing. */
function ownPolicy(socket: { destroy(): void }): Failure {
  socket.destroy();
  return new Failure('refused', 'a daemon runs here and holds its own policy: --policy would not count', {
    retry: 'never',
    suggestion:
      'qonverge policy test PATH --policy FILE tries specs against it; `qonverge watch --policy FILE` makes it hold',
  });
}

async function alone(
  args: ParsedArguments,
  connection: Connection,
  op: string,
  input: unknown,
  { inspect = false }: CallOptions,
  onMessage: (message: Readonly<Record<string, unknown>>) => void,
): Promise<unknown> {
  const settle = args.text('settle');
  const host = await openHost({
    ...connection,
    log: loggerOf(args, true),
    prune: false,
    maxUnavailable: Number.MAX_SAFE_INTEGER,
    ...(settle === undefined ? {} : { settle: duration(settle, 'settle') }),
  });
  const ended = new AbortController();
  const stop = () => ended.abort();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    if (inspect) await host.controller.inspect(ended.signal);
    return await operationNamed(op).run(
      host,
      input,
      (message) => onMessage(message as Readonly<Record<string, unknown>>),
      ended.signal,
    );
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    await host.close();
  }
}

/** Who asks, for the records. */
export function person(): string {
  return process.env['SUDO_USER'] ?? process.env['USER'] ?? process.env['LOGNAME'] ?? 'root';
}
