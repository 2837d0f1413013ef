import type { ChildProcess } from 'node:child_process';

/**
 * When a child that leads a group of its own is killed, all of its group is: what it started (ssh, a helper of git) may
 * hold our pipes for as long as somebody else is silent, and nobody would ever hear of the end.
 */
export function endWithGroup(child: Pick<ChildProcess, 'pid' | 'once'>): void {
  child.once('exit', (_code, signal) => {
    if (signal === null || child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It had started nothing.
    }
  });
}
