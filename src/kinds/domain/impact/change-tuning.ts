import type { DomainDef, DomainSpec, Vcpus } from '../../../model/domain.ts';
import type { Cputune } from '../../../model/domain-tuning.ts';
import { diff } from '../../diff.ts';
import type { LiveStep, Tried } from './live-steps.ts';

/** Where threads run and what the kernel lets a machine have is the host's affair: it changes at any time. */
export function* changeTuning(
  from: DomainDef,
  { spec: wanted }: DomainDef,
  tried: Tried,
): Iterable<LiveStep> {
  const { cputune: before, memtune: _, blkiotune: __, vcpus, ...rest } = from.spec;
  const cputune = tuned(before, wanted.cputune);
  const spec: DomainSpec = {
    ...rest,
    ...(cputune === undefined ? {} : { cputune }),
    ...(wanted.memtune === undefined ? {} : { memtune: wanted.memtune }),
    ...(wanted.blkiotune === undefined ? {} : { blkiotune: wanted.blkiotune }),
    ...(vcpus === undefined ? {} : { vcpus: placed(vcpus, wanted.vcpus?.cpuset) }),
  };
  if (diff(from.spec, spec).length === 0 || !tried({ operation: 'tune' })) return;
  yield { change: { operation: 'tune' }, def: { ...from, spec }, impact: 'live' };
}

/** Shares of caches and of memory's bandwidth stay as they are. */
function tuned(before: Cputune = {}, wanted: Cputune = {}): Cputune | undefined {
  const { cacheTunes: _, memoryTunes: __, ...others } = wanted;
  const { cacheTunes, memoryTunes } = before;
  const cputune = {
    ...others,
    ...(cacheTunes === undefined ? {} : { cacheTunes }),
    ...(memoryTunes === undefined ? {} : { memoryTunes }),
  };
  return Object.keys(cputune).length === 0 ? undefined : cputune;
}

function placed(vcpus: Vcpus, cpuset: string | undefined): Vcpus {
  const { cpuset: _, ...rest } = vcpus;
  return cpuset === undefined ? rest : { ...rest, cpuset };
}
