import type { DomainSpec } from '../../../../model/domain.ts';
import { formatNumberSet, parseNumberSet } from '../../../../model/number-set.ts';
import type { Limit, ThreadNumbers } from './contract.ts';

/**
 * `<numatune>`, as far as it is the kernel's: a strict set binds all that QEMU takes, beside the guest's memory that
 * QEMU binds itself; a restrictive one is bound here alone.
 */
export function nodeLimits(spec: DomainSpec, { vcpus, iothreads }: ThreadNumbers): readonly Limit[] {
  const { memory, memnodes = [] } = spec.numatune ?? {};
  const { mode = 'strict', nodeset } = memory ?? {};
  const general = mode === 'strict' || mode === 'restrictive' ? nodeset : undefined;
  const limits: Limit[] = [];
  const add = (threads: string, nodes: string | undefined, path: string, isOptional: boolean) => {
    if (nodes !== undefined) limits.push(nodeLimit(threads, nodes, path, isOptional));
  };
  const wide = (threads: string) => add(threads, general, 'spec.numatune.memory.nodeset', mode === 'strict');
  wide('emulator');
  for (const id of vcpus) {
    const cell = cellOf(spec, id);
    const own = memnodes.findIndex((one) => one.mode === 'restrictive' && one.cellid === cell);
    if (own < 0) wide(`vcpu${id}`);
    else add(`vcpu${id}`, memnodes[own]?.nodeset, `spec.numatune.memnodes[${own}].nodeset`, false);
  }
  for (const id of iothreads) wide(`iothread${id}`);
  return limits;
}

function nodeLimit(threads: string, nodes: string, path: string, isOptional: boolean): Limit {
  const value = formatNumberSet(parseNumberSet(nodes) ?? []);
  return {
    path,
    controller: 'cpuset',
    threads,
    isOptional,
    writes: {
      1: [
        { files: ['cpuset.memory_migrate'], value: '1' },
        { files: ['cpuset.mems'], value },
      ],
      2: [{ files: ['cpuset.mems'], value }],
    },
  };
}

/** The NUMA cell of the guest that a vCPU belongs to. */
function cellOf({ cpu }: DomainSpec, vcpu: number): number | undefined {
  const cells = cpu?.numa?.cells ?? [];
  const at = cells.findIndex(({ cpus }) => parseNumberSet(cpus ?? '')?.includes(vcpu));
  return at < 0 ? undefined : (cells[at]?.id ?? at);
}
