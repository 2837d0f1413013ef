import { run } from '../../../host/processes.ts';
import { readAffinity, readOnline } from '../../../host/threads.ts';
import type { DomainSpec } from '../../../model/domain.ts';
import type { TuningWork } from './apply-tuning.ts';
import { refusal } from './check-tuning.ts';
import { namedThreads, type Threads } from './threads.ts';
import { pinsThreads, presentOf, schedulerArguments, wantedCpus, wantedScheduler } from './wanted-threads.ts';

type Work = Pick<TuningWork, 'before' | 'after' | 'signal'>;

const patience = 5_000;

/** Puts threads on their CPUs; those that had some and have none any more, on all. What the kernel made of it. */
export async function pinThreads(
  threads: Threads,
  { before, after, signal }: Work,
): Promise<Readonly<Record<string, string>>> {
  if (!pinsThreads(after.spec) && !(before && pinsThreads(before.spec))) return {};
  refuseShared(threads, after.spec);
  const online = readOnline('cpu');
  const found: Record<string, string> = {};
  for (const [name, tid] of namedThreads(threads)) {
    const wanted = wantedCpus(after.spec, name);
    const had = before === undefined ? undefined : wantedCpus(before.spec, name);
    const set = wanted ?? (had === undefined ? undefined : online);
    if (set === undefined) continue;
    const cpus = presentOf(set, online);
    if (readAffinity(threads.main, tid) !== cpus)
      await tell('taskset', ['--cpu-list', '--pid', cpus, String(tid)], { threads, tid, name, signal });
    const now = readAffinity(threads.main, tid);
    if (wanted !== undefined && now !== undefined && (name !== 'emulator' || tid === threads.main))
      found[name] = now;
  }
  return found;
}

/** Schedulers of vCPUs and I/O threads; of the emulator, its main thread alone, as libvirt does it. */
export async function scheduleThreads(threads: Threads, { before, after, signal }: Work): Promise<void> {
  for (const [name, tid] of namedThreads(threads)) {
    if (name === 'emulator' && tid !== threads.main) continue;
    const wanted = wantedScheduler(after.spec, name);
    const had = before && wantedScheduler(before.spec, name);
    if (wanted === undefined && had === undefined) continue;
    const args = wanted ? schedulerArguments(wanted, tid) : ['--other', '--pid', '0', String(tid)];
    await tell('chrt', args, { threads, tid, name, signal });
  }
}

interface Told {
  readonly threads: Threads;
  readonly tid: number;
  readonly name: string;
  readonly signal: AbortSignal;
}

/** A helping thread may end meanwhile. */
async function tell(
  program: 'taskset' | 'chrt',
  args: readonly string[],
  { threads, tid, name, signal }: Told,
): Promise<void> {
  try {
    await run(program, args, { signal, timeout: patience });
  } catch (error) {
    if (readAffinity(threads.main, tid) === undefined) return;
    const path = program === 'taskset' ? 'spec.cputune (pins)' : 'spec.cputune (schedulers)';
    throw refusal(path, `${name}: ${(error as Error).message}`);
  }
}

/** Without KVM, QEMU may run all vCPUs in one thread: then they have one place. */
function refuseShared({ vcpus, main }: Threads, spec: DomainSpec): void {
  const byThread = new Map<number, string | undefined>([[main, wantedCpus(spec, 'emulator')]]);
  for (const [id, tid] of vcpus) {
    const wanted = wantedCpus(spec, `vcpu${id}`);
    if (byThread.has(tid) && byThread.get(tid) !== wanted)
      throw refusal(
        'spec.cputune.vcpuPins',
        `vCPU ${id} has no thread of its own in this QEMU`,
        'give all vCPUs the same CPUs, or use KVM',
      );
    byThread.set(tid, wanted);
  }
}
