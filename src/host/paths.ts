import { createHash } from 'node:crypto';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { Failure } from '../model/failure.ts';

/** Where a Qonverge instance keeps its things. */
export interface HostPaths {
  /** Definitions, inventory, volumes, nvram: survives a reboot. */
  readonly stateDir: string;
  /** Lock, sockets, pids: does not. */
  readonly runDir: string;
  readonly logDir: string;
}

export interface PathOptions {
  readonly scope: 'system' | 'session';
  readonly stateDir?: string | undefined;
  readonly runDir?: string | undefined;
  readonly logDir?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Options beat QONVERGE_*_DIR, which beat the scope's own directories (XDG for a session). */
export function resolvePaths({ scope, stateDir, runDir, logDir, env }: PathOptions): HostPaths {
  const own = scope === 'system' ? systemPaths : sessionPaths(env);
  return {
    stateDir: resolve(stateDir ?? env['QONVERGE_STATE_DIR'] ?? own.stateDir),
    runDir: resolve(runDir ?? env['QONVERGE_RUN_DIR'] ?? own.runDir),
    logDir: resolve(logDir ?? env['QONVERGE_LOG_DIR'] ?? own.logDir),
  };
}

const systemPaths: HostPaths = {
  stateDir: '/var/lib/qonverge',
  runDir: '/run/qonverge',
  logDir: '/var/log/qonverge',
};

function sessionPaths(env: PathOptions['env']): HostPaths {
  const state = env['XDG_STATE_HOME'] ?? join(homedir(), '.local/state');
  return {
    stateDir: join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local/share'), 'qonverge'),
    runDir: join(env['XDG_RUNTIME_DIR'] ?? join(tmpdir(), `qonverge-${userInfo().uid}`), 'qonverge'),
    logDir: join(state, 'qonverge/log'),
  };
}

/** A resource name as one path component: injective, at most 255 bytes, never `.`, `..` or hidden. */
export function encodeName(name: string): string {
  const encoded = name.replace(/[^A-Za-z0-9._+-]|^\./gu, (char) =>
    [...Buffer.from(char)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  );
  return encoded.length <= 200 ? encoded : `${encoded.slice(0, 160)}%%${shortId(name)}`;
}

/** Ten characters that stand for a key where space is short, as in socket paths. */
export function shortId(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 10);
}

/** Unix socket paths over 107 bytes are cut off silently by the kernel's interface. */
export function assertSocketPath(path: string): string {
  if (Buffer.byteLength(path) <= 100) return path;
  throw new Failure(
    'path-too-long',
    `socket path has ${Buffer.byteLength(path)} bytes, 100 is the most: ${path}`,
    {
      retry: 'never',
      suggestion: 'choose a shorter --run-dir',
    },
  );
}
