import { basename } from 'node:path';
import { readGroupFile } from '../../../host/cgroups.ts';
import { readAffinity } from '../../../host/threads.ts';
import type { DomainDef, DomainSpec } from '../../../model/domain.ts';
import type { Cputune } from '../../../model/domain-tuning.ts';
import type { Monitor } from '../../../qmp/monitor.ts';
import type { AppliedTuning } from '../../../state/run-records.ts';
import { namedThreads, threadsOf } from './threads.ts';

/** The definition with the kernel's own account of limits and pins put in, where someone else has changed them. */
export async function tuningAsFound(
  def: DomainDef,
  { limits, cpus }: AppliedTuning,
  monitor: Monitor,
  { pid, signal }: { readonly pid: number; readonly signal: AbortSignal },
): Promise<DomainDef> {
  let { spec } = def;
  for (const { path, file, text } of limits) {
    const now = readGroupFile(file);
    if (now !== text) spec = withLimit(spec, path, basename(file), now);
  }
  if (Object.keys(cpus).length > 0)
    for (const [name, tid] of namedThreads(await threadsOf(pid, monitor, signal))) {
      const now = readAffinity(pid, tid);
      const known = name === 'emulator' && tid !== pid ? undefined : cpus[name];
      if (known !== undefined && now !== undefined && now !== known) spec = withCpus(spec, name, now);
    }
  return spec === def.spec ? def : { ...def, spec };
}

/** `spec.memtune.hardLimit` with what its file says now; no number is no limit. */
function withLimit(spec: DomainSpec, path: string, file: string, text = ''): DomainSpec {
  const [, list = '', field = ''] = /^spec\.(cputune|memtune|blkiotune)\.(\w+)/.exec(path) ?? [];
  if (list === '') return spec;
  const { [list as 'memtune']: before, ...rest } = spec;
  const { [field as 'hardLimit']: _, ...others } = before ?? {};
  const number = file === 'cpu.cfs_period_us' || field === 'devices' ? Number.NaN : Number.parseInt(text, 10);
  return { ...rest, [list]: Number.isNaN(number) ? others : { ...others, [field]: number } };
}

function withCpus(spec: DomainSpec, name: string, cpuset: string): DomainSpec {
  const { cputune = {} } = spec;
  return { ...spec, cputune: { ...cputune, ...pinned(cputune, name, cpuset) } };
}

function pinned({ vcpuPins = [], iothreadPins = [] }: Cputune, name: string, cpuset: string): Cputune {
  const [, sort, digits] = /^(vcpu|iothread)(\d+)$/.exec(name) ?? [];
  const id = Number(digits);
  if (sort === 'vcpu')
    return { vcpuPins: [...vcpuPins.filter(({ vcpu }) => vcpu !== id), { vcpu: id, cpuset }] };
  if (sort === 'iothread')
    return {
      iothreadPins: [...iothreadPins.filter(({ iothread }) => iothread !== id), { iothread: id, cpuset }],
    };
  return { emulatorPin: cpuset };
}
