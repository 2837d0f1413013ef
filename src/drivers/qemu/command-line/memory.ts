import { initialMemory, wholeMebibytes } from '../../../kinds/domain/initial-memory.ts';
import type { DomainSpec } from '../../../model/domain.ts';
import { type Arguments, onOff, words } from './arguments.ts';
import type { CommandLineContext } from './context.ts';
import { memoryBackend } from './memory-backend.ts';

const kib = 1024;

/** QEMU's name of the memory of a machine: saved states know it by that. */
export function mainMemoryId({ os }: DomainSpec): string {
  return os?.machine?.startsWith('microvm') ? 'microvm.ram' : 'pc.ram';
}

/** Guest memory and what the host makes it of. */
export function buildMemory(spec: DomainSpec, context: CommandLineContext, args: Arguments): void {
  const size = initialMemory(spec);
  const { maxMemory } = spec;
  args.add(
    '-m',
    words(`size=${size / kib}k`, {
      slots: maxMemory?.slots,
      maxmem: maxMemory === undefined ? undefined : `${wholeMebibytes(maxMemory.size) / kib}k`,
    }),
  );
  // NUMA cells have backends of their own.
  if (spec.cpu?.numa === undefined) {
    const { object, threadContext } = memoryBackend({ id: mainMemoryId(spec), size }, spec, context);
    if (threadContext !== undefined) args.json('-object', threadContext);
    // The block keeps the name it had before it was a backend: saved states find it again.
    const plain = object['qom-type'] === 'memory-backend-ram';
    args.json('-object', { ...object, 'x-use-canonical-path-for-ramblock-id': plain ? undefined : false });
  }
  args.add('-overcommit', `mem-lock=${onOff(spec.memoryBacking?.locked ?? false)}`);
}
