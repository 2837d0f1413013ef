import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../model/failure.ts';
import { run, spawnDetached } from './processes.ts';

export interface Scope {
  /** Somebody in it: a scope without processes ends. */
  readonly pid: number;
  /** Lets go of the process that only held it open. */
  leave(): void;
}

interface ScopeOptions {
  /** Who moves into it; absent: somebody who only holds it open. */
  readonly pid?: number | undefined;
  readonly slice?: string | undefined;
  readonly signal: AbortSignal;
}

/** How long systemd may take to make a unit. */
const patience = 10_000;
/** Longer than any start: who holds a scope open whose start died with us goes by itself. */
const holding = '300';

/** It runs here as the first process: the tree of groups is its own. */
export function hasSystemd(): boolean {
  return existsSync('/run/systemd/system');
}

/** A unit of systemd's own for one domain, with `Delegate=yes`: no other groups may be made in its tree. */
export async function openScope(
  unit: string,
  { pid, slice = 'machine.slice', signal }: ScopeOptions,
): Promise<Scope | undefined> {
  if (!hasSystemd()) return undefined;
  if (pid !== undefined && isIn(pid, unit)) return { pid, leave: () => undefined };
  const holder =
    pid === undefined
      ? await spawnDetached('/usr/bin/sleep', [holding], { logFile: '/dev/null' })
      : undefined;
  const member = pid ?? holder?.pid ?? 0;
  const leave = () => holder?.kill('SIGKILL');
  try {
    await run('busctl', startTransientUnit(unit, slice, member), { signal, timeout: patience });
    await until(() => isIn(member, unit), unit);
  } catch (error) {
    leave();
    throw error;
  }
  return { pid: member, leave };
}

function isIn(pid: number, unit: string): boolean {
  return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(unit);
}

function startTransientUnit(unit: string, slice: string, pid: number): readonly string[] {
  const manager = 'org.freedesktop.systemd1';
  return [
    ...['--system', 'call', manager, '/org/freedesktop/systemd1', `${manager}.Manager`, 'StartTransientUnit'],
    ...['ssa(sv)a(sa(sv))', unit, 'fail', '5'],
    ...['Description', 's', 'A virtual machine of Qonverge'],
    ...['Slice', 's', slice],
    ...['PIDs', 'au', '1', String(pid)],
    ...['Delegate', 'b', 'true'],
    ...['CollectMode', 's', 'inactive-or-failed'],
    '0',
  ];
}

/** The unit is made by a job of systemd's, after the answer. */
async function until(isThere: () => boolean, unit: string): Promise<void> {
  const deadline = performance.now() + patience;
  while (!isThere()) {
    if (performance.now() > deadline) throw new Failure('command-timeout', `systemd does not make ${unit}`);
    await sleep(10);
  }
}
