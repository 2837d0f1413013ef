import { type ControlGroup, joinGroups, joinThread, threadGroup } from '../../../host/cgroups.ts';
import type { DomainDef } from '../../../model/domain.ts';
import type { RunRecords } from '../../../state/run-records.ts';
import type { Session } from '../session.ts';
import { checkTuning, deviceNumbersOf } from './check-tuning.ts';
import { joinHelpers, liftLimits, limitsFor, makeGroupsFor, setLimits } from './groups.ts';
import type { Limit, ThreadNumbers } from './limits/contract.ts';
import { allThreads, limitsOf } from './limits.ts';
import { pinThreads, scheduleThreads } from './set-threads.ts';
import { namedThreads, type Threads, threadsOf } from './threads.ts';
import { pinsThreads, schedulesThreads } from './wanted-threads.ts';

export interface TuningWork {
  readonly runRecords: RunRecords;
  /** What it is held to so far; absent: nothing. */
  readonly before?: DomainDef;
  readonly after: DomainDef;
  readonly signal: AbortSignal;
}

/** Holds a QEMU that is there to all that its definition says. Repeating it does no harm. */
export async function applyTuning(session: Session, work: TuningWork): Promise<void> {
  const { before, after, signal, runRecords } = work;
  if (!isTuned(after) && !(before && isTuned(before))) return;
  await checkTuning(after.spec);
  const monitor = await session.connect(5_000, signal);
  const threads = await threadsOf(session.record.identity.pid, monitor, signal);
  const limits = await limitsFor(after, numbersOf(threads));
  const groups = await joinedGroups(session, limits, work);
  if (before) liftLimits(groups, await goneLimits(before, limits, threads));
  const set = setLimits(groups, limits);
  placeThreads(groups, limits, threads);
  await scheduleThreads(threads, work);
  const cpus = await pinThreads(threads, work);
  session.record = { ...session.record, tuning: { groups, limits: set, cpus } };
  runRecords.put(session.record);
}

/** Whether a definition asks the host for anything of this sort. */
export function isTuned({ spec }: DomainDef): boolean {
  const limits = limitsOf(spec, { ...allThreads(spec), device: () => '' });
  return limits.length > 0 || pinsThreads(spec) || schedulesThreads(spec);
}

function numbersOf({ vcpus, iothreads }: Threads): ThreadNumbers {
  return { vcpus: [...vcpus.keys()], iothreads: [...iothreads.keys()] };
}

/** The groups that it is in, and those that it joins now. */
async function joinedGroups(
  session: Session,
  limits: readonly Limit[],
  { after, runRecords, signal }: TuningWork,
): Promise<readonly ControlGroup[]> {
  const { record } = session;
  const { groups, limits: set, cpus } = record.tuning ?? { groups: [], limits: [], cpus: {} };
  const missing = limits.filter(({ controller }) => groups.every((group) => group.controller !== controller));
  if (missing.length === 0) return groups;
  const { pid } = record.identity;
  const made = await makeGroupsFor(after, missing, { pid, signal });
  const all = [...groups, ...made.groups];
  session.record = { ...record, tuning: { groups: all, limits: set, cpus } };
  runRecords.put(session.record);
  joinGroups(made.groups, pid);
  joinHelpers(made.groups, record.helpers);
  return all;
}

async function goneLimits(
  { spec }: DomainDef,
  limits: readonly Limit[],
  threads: Threads,
): Promise<readonly Limit[]> {
  const name = ({ path, threads: who = '' }: Limit) => `${path} ${who}`;
  const kept = new Set(limits.map(name));
  // A device that is gone has no limits to lift.
  const devices = await deviceNumbersOf(spec).catch(() => new Map<string, string>());
  const facts = { ...numbersOf(threads), device: (path: string) => devices.get(path) ?? '' };
  const before = limitsOf(devices.size > 0 ? spec : { ...spec, blkiotune: withoutDevices(spec) }, facts);
  return before.filter((limit) => !kept.has(name(limit)));
}

function withoutDevices({ blkiotune: { weight } = {} }: DomainDef['spec']) {
  return weight === undefined ? {} : { weight };
}

/** Puts each thread where the limits of its own are. */
function placeThreads(groups: readonly ControlGroup[], limits: readonly Limit[], threads: Threads): void {
  const named = namedThreads(threads);
  for (const { threads: name, controller } of limits) {
    const group = groups.find((one) => one.controller === controller);
    if (name === undefined || group === undefined) continue;
    const directory = threadGroup(group, name);
    for (const [other, tid] of named) if (other === name) joinThread(group, directory, tid);
  }
}
