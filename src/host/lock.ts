import { spawnSync } from 'node:child_process';
import { closeSync, constants, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { Failure } from '../model/failure.ts';

export interface Lock {
  release(): void;
}

/**
 * flock(2) on a descriptor of ours: dies with us, however we die. Node has no flock, so flock(1) locks our open file
 * description and exits; the lock stays.
 */
export function acquireLock(path: string): Lock {
  const fd = openSync(path, constants.O_CREAT | constants.O_RDWR | constants.O_NOFOLLOW, 0o644);
  const { status, error } = spawnSync('/usr/bin/flock', ['-n', '-x', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', fd],
  });
  if (error || status !== 0) {
    closeSync(fd);
    if (error)
      throw new Failure('state-locked', `cannot lock ${path}: ${error.message}`, {
        cause: error,
        retry: 'never',
      });
    const holder = lockHolder(path);
    throw new Failure('state-locked', `${path} is held by process ${holder ?? 'unknown'}`, {
      retry: 'never',
      suggestion: `another qonverge${holder ? ` (pid ${holder})` : ''} uses this state directory: talk to it, or choose --state-dir and --run-dir`,
    });
  }
  ftruncateSync(fd, 0);
  writeSync(fd, `${process.pid}\n`, 0);
  return { release: () => closeSync(fd) };
}

export function lockHolder(path: string): number | undefined {
  try {
    return Number(readFileSync(path, 'utf8').trim()) || undefined;
  } catch {
    return undefined;
  }
}
