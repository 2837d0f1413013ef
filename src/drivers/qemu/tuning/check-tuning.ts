import { offeredControllers } from '../../../host/cgroups.ts';
import { stat } from '../../../host/files.ts';
import { hasSystemd } from '../../../host/systemd-scope.ts';
import { readOnline } from '../../../host/threads.ts';
import type { DomainSpec } from '../../../model/domain.ts';
import { Failure } from '../../../model/failure.ts';
import { sliceOf } from './limits/partition.ts';
import { allThreads, limitsOf } from './limits.ts';
import { tooHeavy } from './too-heavy.ts';
import { presentOf } from './wanted-threads.ts';

/** Whether this host can hold a domain to what it asks for; looked at before anything is begun. */
export async function checkTuning(spec: DomainSpec): Promise<void> {
  await deviceNumbersOf(spec);
  refuseAutomatic(spec);
  const limits = limitsOf(spec, { ...allThreads(spec), device: () => '0:0' });
  checkSwap(spec);
  checkPartition(spec);
  for (const { path, cpus } of pinsOf(spec)) needPresent(path, cpus, 'cpu', 'CPU');
  for (const { path, nodes } of nodesOf(spec)) needPresent(path, nodes, 'node', 'NUMA node');
  const needed = limits.filter(({ isOptional }) => !isOptional);
  const [first] = needed;
  if (first === undefined) return;
  if (process.getuid?.() !== 0)
    throw refusal(
      first.path,
      `${areas[first.controller]} is not available in session mode`,
      'run it as root, at qemu:///system',
    );
  const offered = offeredControllers();
  for (const limit of needed) {
    const version = offered.get(limit.controller)?.version;
    if (version === undefined)
      throw refusal(
        limit.path,
        `${areas[limit.controller]} is not available on this host: it has no cgroup controller ${limit.controller}`,
        'mount it, or let systemd hand it on; `qonverge doctor` lists the controllers',
      );
    const problem = tooHeavy(limit, version);
    if (problem !== undefined) throw refusal(limit.path, problem);
  }
}

const areas = {
  cpu: 'CPU tuning',
  cpuset: 'NUMA tuning',
  memory: 'memory tuning',
  io: 'block I/O tuning',
} as const;

export function refusal(path: string, why: string, suggestion?: string): Failure {
  return new Failure('tuning-failed', `${path}: ${why}`, {
    retry: { after: 60_000 },
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}

/** A partition is a slice of systemd, with what its administrator has given it. */
function checkPartition(spec: DomainSpec): void {
  const slice = sliceOf(spec);
  if (slice !== undefined && !hasSystemd())
    throw refusal(
      'spec.resource.partition',
      `it is ${slice} of systemd, which does not run here`,
      'leave it out, or write /machine',
    );
}

function checkSwap({ memtune: { hardLimit, swapHardLimit } = {} }: DomainSpec): void {
  if (swapHardLimit !== undefined && (hardLimit === undefined || swapHardLimit < hardLimit))
    throw refusal(
      'spec.memtune.swapHardLimit',
      'it is for memory and swap together',
      'write a hardLimit that is not more',
    );
}

function refuseAutomatic({ vcpus, numatune }: DomainSpec): void {
  const path =
    vcpus?.placement === 'auto'
      ? 'spec.vcpus.placement'
      : numatune?.memory?.placement === 'auto'
        ? 'spec.numatune.memory.placement'
        : undefined;
  if (path !== undefined)
    throw refusal(
      path,
      'numad, which chooses the place, is not asked here',
      'write cpuset and nodeset yourself',
    );
}

function pinsOf({ vcpus, cputune = {} }: DomainSpec): readonly { path: string; cpus: string }[] {
  const { vcpuPins = [], iothreadPins = [], emulatorPin } = cputune;
  return [
    ...vcpuPins.map(({ cpuset: cpus }, at) => ({ path: `spec.cputune.vcpuPins[${at}].cpuset`, cpus })),
    ...iothreadPins.map(({ cpuset: cpus }, at) => ({
      path: `spec.cputune.iothreadPins[${at}].cpuset`,
      cpus,
    })),
    ...(emulatorPin === undefined ? [] : [{ path: 'spec.cputune.emulatorPin', cpus: emulatorPin }]),
    ...(vcpus?.cpuset === undefined ? [] : [{ path: 'spec.vcpus.cpuset', cpus: vcpus.cpuset }]),
  ];
}

function nodesOf({ numatune = {} }: DomainSpec): readonly { path: string; nodes: string }[] {
  const { memory, memnodes = [] } = numatune;
  return [
    ...(memory?.nodeset === undefined
      ? []
      : [{ path: 'spec.numatune.memory.nodeset', nodes: memory.nodeset }]),
    ...memnodes.map(({ nodeset: nodes }, at) => ({ path: `spec.numatune.memnodes[${at}].nodeset`, nodes })),
  ];
}

function needPresent(path: string, set: string, what: 'cpu' | 'node', word: string): void {
  const online = readOnline(what);
  if (presentOf(set, online) === '')
    throw refusal(path, `this host has no ${word} ${set}`, `it has ${online}`);
}

/** What the kernel calls the block devices that a definition limits. */
export async function deviceNumbersOf({ blkiotune }: DomainSpec): Promise<ReadonlyMap<string, string>> {
  const numbers = new Map<string, string>();
  for (const [at, { path }] of (blkiotune?.devices ?? []).entries()) {
    const facts = await stat(path);
    if (facts?.isBlockDevice !== true)
      throw refusal(`spec.blkiotune.devices[${at}].path`, `${path} must be a block device of this host`);
    numbers.set(path, facts.device);
  }
  return numbers;
}
