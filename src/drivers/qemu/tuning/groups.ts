import { basename } from 'node:path';
import {
  type ControlGroup,
  groupFile,
  joinGroups,
  makeGroups,
  type NewGroups,
  offeredControllers,
  removeGroups,
  setGroupFile,
  threadGroup,
} from '../../../host/cgroups.ts';
import type { Clock } from '../../../host/clock.ts';
import { isAlive, type ProcessIdentity } from '../../../host/process-identity.ts';
import { readFamily } from '../../../host/threads.ts';
import type { DomainDef } from '../../../model/domain.ts';
import { Failure } from '../../../model/failure.ts';
import type { AppliedTuning } from '../../../state/run-records.ts';
import { deviceNumbersOf, refusal } from './check-tuning.ts';
import type { Limit, ThreadNumbers, Write } from './limits/contract.ts';
import { sliceOf } from './limits/partition.ts';
import { allThreads, limitsOf } from './limits.ts';

/** How long swtpm, virtiofsd or passt may take to end. */
const goingDown = 3_000;

export type SetLimit = AppliedTuning['limits'][number];

/** Groups that a QEMU is put into as soon as it is there, with the limits of the whole already set. */
export async function prepareGroups(def: DomainDef, signal: AbortSignal): Promise<NewGroups> {
  const limits = await limitsFor(def, allThreads(def.spec));
  const made = await makeGroupsFor(def, limits, { signal });
  try {
    setLimits(
      made.groups,
      limits.filter(({ threads = 'emulator' }) => threads === 'emulator'),
    );
    return made;
  } catch (error) {
    made.settle();
    removeGroups(made.groups);
    throw error;
  }
}

/** Processes beside QEMU count as part of the machine. One that has ended meanwhile is missed by nobody. */
export function joinHelpers(groups: readonly ControlGroup[], helpers: readonly ProcessIdentity[]): void {
  for (const pid of groups.length === 0 ? [] : helpers.flatMap((helper) => readFamily(helper.pid)))
    try {
      joinGroups(groups, pid);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
}

/** Takes the groups of a machine away whose QEMU is dead, when those have gone too that were told to. */
export async function removeGroupsAfter(
  helpers: readonly ProcessIdentity[],
  groups: readonly ControlGroup[],
  clock: Clock,
): Promise<void> {
  const deadline = clock.monotonic() + goingDown;
  const isThere = async () =>
    (await Promise.all(helpers.map((helper) => isAlive(helper)))).some((state) => state !== 'dead');
  while (groups.length > 0 && clock.monotonic() < deadline && (await isThere())) await clock.sleep(10);
  removeGroups(groups);
}

/** What this host can hold the domain to: all that it asks for, but what is good enough without. */
export async function limitsFor({ spec }: DomainDef, threads: ThreadNumbers): Promise<readonly Limit[]> {
  const devices = await deviceNumbersOf(spec);
  const limits = limitsOf(spec, { ...threads, device: (path) => devices.get(path) ?? '' });
  if (limits.every(({ isOptional }) => !isOptional)) return limits;
  const offered = process.getuid?.() === 0 ? offeredControllers() : undefined;
  return limits.filter(({ isOptional, controller }) => !isOptional || offered?.has(controller));
}

/** A group for each controller of these limits; `pid`: the process that runs already and joins them. */
export async function makeGroupsFor(
  { spec }: DomainDef,
  limits: readonly Limit[],
  options: { readonly pid?: number; readonly signal: AbortSignal },
): Promise<NewGroups> {
  const [first] = limits;
  if (first === undefined) return { groups: [], settle: () => undefined };
  try {
    return await makeGroups(spec.uuid ?? '', new Set(limits.map(({ controller }) => controller)), {
      ...options,
      slice: sliceOf(spec),
    });
  } catch (error) {
    if (error instanceof Failure && error.code === 'cancelled') throw error;
    if (limits.every(({ isOptional }) => isOptional)) return { groups: [], settle: () => undefined };
    throw refusal(
      first.path,
      `no group with controller ${first.controller} can be made: ${(error as Error).message}`,
      'the host hands its controllers on to nobody here: see docs/host-tuning.md',
    );
  }
}

/** Sets limits, and tells what the kernel made of them. */
export function setLimits(groups: readonly ControlGroup[], limits: readonly Limit[]): readonly SetLimit[] {
  const set = new Map<string, SetLimit>();
  for (const limit of limits) {
    const group = groups.find(({ controller }) => controller === limit.controller);
    if (group === undefined) throw refusal(limit.path, `no cgroup controller ${limit.controller}`);
    for (const write of limit.writes[group.version]) {
      const { file, text } = setOne(group, limit, write);
      set.set(file, { path: limit.path, file, text });
    }
  }
  return [...set.values()];
}

function setOne(
  group: ControlGroup,
  { path, threads, controller }: Limit,
  { files, value }: Write,
): { readonly file: string; readonly text: string } {
  let file: string | undefined;
  try {
    const directory = threads === undefined ? group.directory : threadGroup(group, threads);
    file = groupFile(directory, files);
    if (file !== undefined) return { file, text: setGroupFile(file, value) };
  } catch (error) {
    throw refusal(
      path,
      `${file === undefined ? controller : basename(file)} does not take ${value}: ${(error as Error).message}`,
    );
  }
  throw refusal(path, `controller ${controller} of this kernel has no ${files.join(' nor ')}`);
}

/** Takes back limits that are not wanted any more, the last one first. */
export function liftLimits(groups: readonly ControlGroup[], limits: readonly Limit[]): void {
  for (const limit of limits.toReversed()) {
    const group = groups.find(({ controller }) => controller === limit.controller);
    if (group === undefined) continue;
    for (const { files, lifted } of limit.writes[group.version].toReversed())
      if (lifted !== undefined) setOne(group, limit, { files, value: lifted });
  }
}
