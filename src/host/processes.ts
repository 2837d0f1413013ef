import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { Failure } from '../model/failure.ts';
import { endWithGroup } from './end-with-group.ts';
import { findProgram } from './find-program.ts';
import { isAlive, type ProcessIdentity } from './process-identity.ts';

export interface RunOptions {
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  readonly input?: string;
  readonly maxBuffer?: number;
  readonly allowedExitCodes?: readonly number[];
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

const plainEnv = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

/** Runs a program to its end: array arguments, no shell, a deadline, a bounded output. */
export async function run(
  file: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const program = await findProgram(file);
  if (!program) throw new Failure('not-found', `${file} is not installed`, { retry: { after: 60_000 } });
  // A hundred modules, for those who run a program.
  const { execa } = await import('execa');
  const subprocess = execa(program, args, {
    detached: true,
    timeout: options.timeout ?? 30_000,
    killSignal: 'SIGKILL',
    maxBuffer: options.maxBuffer ?? 4 * 1024 * 1024,
    env: plainEnv,
    extendEnv: false,
    reject: false,
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    ...(options.signal ? { cancelSignal: options.signal } : {}),
  });
  endWithGroup(subprocess);
  const result = await subprocess;
  if (result.isCanceled) throw new Failure('cancelled', `${file} was cancelled`);
  if (result.timedOut)
    throw new Failure('command-timeout', `${file} did not end within ${options.timeout ?? 30_000} ms`);
  const exitCode = result.exitCode ?? -1;
  if (exitCode !== 0 && !options.allowedExitCodes?.includes(exitCode)) {
    const said = (result.stderr || result.stdout || result.shortMessage || '').trim().slice(-1024);
    throw new Failure('command-failed', `${file} ${args[0] ?? ''} failed (exit ${exitCode}): ${said}`);
  }
  return { stdout: result.stdout, stderr: result.stderr, exitCode };
}

export interface DetachedOptions {
  readonly logFile: string;
  /** Become 3, 4, … in the child. The caller closes its own afterwards. */
  readonly fds?: readonly number[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface DetachedProcess {
  readonly pid: number;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  /** As `exited`, and we don't end before it: nothing else keeps Node alive for a detached process. */
  awaited(): DetachedProcess['exited'];
  /** Safe without proof of identity: until we have heard of its exit, no other process can have the pid of our child. */
  kill(signal: NodeJS.Signals): void;
}

/** Starts a process that outlives us: own session, output appended to its own log file. */
export async function spawnDetached(
  file: string,
  args: readonly string[],
  { logFile, fds = [], cwd = '/', env = {} }: DetachedOptions,
): Promise<DetachedProcess> {
  const log = await open(
    logFile,
    constants.O_CREAT | constants.O_APPEND | constants.O_WRONLY | constants.O_NOFOLLOW,
    0o600,
  );
  try {
    const child = spawn(file, [...args], {
      detached: true,
      cwd,
      env: { ...plainEnv, ...env },
      stdio: ['ignore', log.fd, log.fd, ...fds],
    });
    const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    const { pid } = child;
    if (pid === undefined) {
      const error = await new Promise<Error>((resolve) => child.once('error', resolve));
      throw new Failure('command-failed', `cannot start ${file}: ${error.message}`, { cause: error });
    }
    child.on('error', () => undefined);
    child.unref();
    const awaited = () => {
      child.ref();
      return exited;
    };
    return { pid, exited, awaited, kill: (signal) => child.kill(signal) };
  } finally {
    await log.close();
  }
}

/** Signals a process only after its identity is proven. False: it is not that process any more. */
export async function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): Promise<boolean> {
  if ((await isAlive(identity)) !== 'alive') return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
