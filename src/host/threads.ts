import { readdirSync, readFileSync } from 'node:fs';

/** The threads that a process has now. */
export function readThreads(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`).map(Number);
}

/** A process and all that have come of it; none when it is gone. */
export function readFamily(pid: number): readonly number[] {
  try {
    const children = readThreads(pid).flatMap((tid) =>
      readFileSync(`/proc/${pid}/task/${tid}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
    return [pid, ...children.flatMap(readFamily)];
  } catch {
    return [];
  }
}

/** The CPUs that a thread may run on, as the kernel lists them; undefined: it is gone. */
export function readAffinity(pid: number, tid: number): string | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/task/${tid}/status`, 'utf8');
    return /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1];
  } catch {
    return undefined;
  }
}

/** CPUs or NUMA nodes that are there: `0-7`. */
export function readOnline(what: 'cpu' | 'node'): string {
  try {
    return readFileSync(`/sys/devices/system/${what}/online`, 'utf8').trim();
  } catch {
    // A kernel without NUMA has one node.
    return '0';
  }
}
