import { join } from 'node:path';
import { Failure } from '../model/failure.ts';
import { endWithGroup } from './end-with-group.ts';
import { findProgram } from './find-program.ts';

/** Who git is on this call: nothing of the caller's environment, nothing of any configuration file. */
export interface GitSetup {
  /** Bare repository of our own. */
  readonly repository: string;
  /** HOME and GNUPGHOME: private, empty but for the keys that count. */
  readonly home: string;
  readonly config?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** What a server could say again, and nobody may read. */
  readonly secrets?: readonly string[];
}

export interface GitCall {
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  readonly input?: string;
  readonly maxBytes?: number;
  readonly allowedExitCodes?: readonly number[];
}

export interface GitResult {
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly exitCode: number;
}

/** The largest pack that is taken in, the memory and the processor time of one git. */
const limits = ['--fsize=2147483648', '--as=8589934592', '--cpu=300'];

const hardened: Readonly<Record<string, string>> = {
  'core.hooksPath': '/dev/null',
  'core.fsmonitor': 'false',
  'core.attributesFile': '/dev/null',
  'core.excludesFile': '/dev/null',
  'core.askPass': '',
  'credential.helper': '',
  'protocol.allow': 'never',
  'protocol.ext.allow': 'never',
  'fetch.fsckObjects': 'true',
  'transfer.fsckObjects': 'true',
  'fetch.recurseSubmodules': 'false',
  'submodule.recurse': 'false',
  'fetch.writeCommitGraph': 'false',
  'gc.auto': '0',
  'maintenance.auto': 'false',
  'uploadpack.packObjectsHook': '',
  'http.followRedirects': 'false',
  'http.sslVerify': 'true',
  'http.lowSpeedLimit': '1000',
  'http.lowSpeedTime': '30',
};

/** Runs git with array arguments, limits, and without any configuration but ours. */
export async function git(setup: GitSetup, args: readonly string[], call: GitCall = {}): Promise<GitResult> {
  const [program, prlimit] = await Promise.all([findProgram('git'), findProgram('prlimit')]);
  if (!program) throw new Failure('not-found', 'git is not installed', { retry: { after: 60_000 } });
  const config = Object.entries({ ...hardened, ...setup.config }).flatMap(([key, value]) => [
    '-c',
    `${key}=${value}`,
  ]);
  const words = [program, ...config, '--git-dir', setup.repository, ...args];
  const [file = program, ...rest] = prlimit ? [prlimit, ...limits, '--', ...words] : words;
  const timeout = call.timeout ?? 60_000;
  const { execa } = await import('execa');
  const subprocess = execa(file, rest, {
    cwd: '/',
    detached: true,
    encoding: 'buffer',
    timeout,
    killSignal: 'SIGKILL',
    maxBuffer: call.maxBytes ?? 64 * 1024 * 1024,
    env: {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      LC_ALL: 'C',
      HOME: setup.home,
      GNUPGHOME: join(setup.home, 'gnupg'),
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_ATTR_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_OPTIONAL_LOCKS: '0',
      GIT_NO_REPLACE_OBJECTS: '1',
      GIT_ALLOW_PROTOCOL: 'none',
      ...setup.env,
    },
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
    ...(call.input === undefined ? { stdin: 'ignore' as const } : { input: call.input }),
    ...(call.signal ? { cancelSignal: call.signal } : {}),
  });
  endWithGroup(subprocess);
  const result = await subprocess;
  if (result.isCanceled) throw new Failure('cancelled', `git ${args[0]} was cancelled`);
  const stderr = hidden(Buffer.from(result.stderr).toString('utf8'), setup.secrets ?? []);
  if (result.timedOut) throw new Failure('git-failed', `git ${args[0]} did not end within ${timeout} ms`);
  if (result.isMaxBuffer) throw new Failure('git-failed', `git ${args[0]} said more than it may`);
  const exitCode = result.exitCode ?? -1;
  if (exitCode !== 0 && !call.allowedExitCodes?.includes(exitCode))
    throw new Failure(
      'git-failed',
      `git ${args[0]}: ${lastWords(stderr) || `exit ${exitCode}${result.signal ? `, ${result.signal}` : ''}`}`,
    );
  return { stdout: Buffer.from(result.stdout), stderr, exitCode };
}

function hidden(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}

/** Words of git's that say nothing about the cause. */
const padding =
  /^(hint:|remote: *$|Please make sure|and the repository exists|fatal: (Could not read from remote repository|the remote end hung up)| {2}(remove with:|ssh-keygen -f))/;

/** What git said last, for one line, without control characters. */
export function lastWords(stderr: string): string {
  const lines = stderr.split(/\r?\n/).filter((line) => line.trim() !== '');
  const telling = lines.filter((line) => !padding.test(line));
  return (
    (telling.length > 0 ? telling : lines)
      .slice(-3)
      .join('; ')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what a server says never reaches a terminal as it is
      .replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')
      .slice(-600)
  );
}
