import type { DomainSpec, MemoryBacking } from '../../../model/domain.ts';
import { type Arguments, onOff, type Properties } from './arguments.ts';
import type { CommandLineContext } from './context.ts';

const kib = 1024;
const mib = 1024 * kib;

/** Guest memory and what the host makes it of. QEMU counts whole MiB, as libvirt does. */
export function buildMemory(spec: DomainSpec, context: CommandLineContext, args: Arguments): void {
  const { memoryBacking: backing = {} } = spec;
  const size = Math.ceil(spec.memory / mib) * mib;
  args.add('-m', `size=${size / kib}k`);
  args.json('-object', {
    ...memoryBackend(backing, context),
    id: 'pc.ram',
    size,
    prealloc: backing.hugepages !== undefined || backing.allocation === 'immediate' ? true : undefined,
  });
  args.add('-overcommit', `mem-lock=${onOff(backing.locked ?? false)}`);
}

/** Huge pages and pages to share come from a file; all others need none. */
function memoryBackend(
  { source, hugepages, access, discard }: MemoryBacking,
  context: CommandLineContext,
): Properties {
  const share = access === undefined ? undefined : access === 'shared';
  // The block keeps the name it had before it was a backend: saved states find it again.
  const named = { share, 'x-use-canonical-path-for-ramblock-id': false };
  if (source === 'memfd') {
    const pages =
      hugepages === undefined ? {} : { hugetlb: true, hugetlbsize: hugepages > 0 ? hugepages : undefined };
    return { 'qom-type': 'memory-backend-memfd', ...pages, ...named };
  }
  if (hugepages === undefined && source !== 'file' && access === undefined)
    return { 'qom-type': 'memory-backend-ram' };
  const directory = hugepages === undefined ? '/dev/shm' : context.hugepages;
  return {
    'qom-type': 'memory-backend-file',
    'mem-path': directory,
    ...named,
    'discard-data': discard ? true : undefined,
  };
}
