import { allIothreads } from '../../../kinds/domain/all-iothreads.ts';
import type { DomainSpec } from '../../../model/domain.ts';
import type { Limit, LimitFacts, ThreadNumbers } from './limits/contract.ts';
import { cpuLimits } from './limits/cpu.ts';
import { ioLimits } from './limits/io.ts';
import { memoryLimits } from './limits/memory.ts';
import { nodeLimits } from './limits/nodes.ts';
import { partitionLimits } from './limits/partition.ts';

/** What a definition asks the kernel for, as libvirt asks for it; what is for the whole domain comes first. */
export function limitsOf(spec: DomainSpec, facts: LimitFacts): readonly Limit[] {
  return [
    ...partitionLimits(spec),
    ...cpuLimits(spec, facts),
    ...memoryLimits(spec),
    ...ioLimits(spec, facts),
    ...nodeLimits(spec, facts),
  ];
}

/** Everybody who could be there, for a look ahead. */
export function allThreads(spec: DomainSpec): ThreadNumbers {
  return {
    vcpus: Array.from({ length: spec.vcpus?.maximum ?? 1 }, (_, id) => id),
    iothreads: allIothreads(spec).map(({ id }) => id),
  };
}
