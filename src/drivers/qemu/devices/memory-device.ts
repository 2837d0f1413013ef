import type { MemoryDevice } from '../../../model/domain-devices.ts';
import type { Properties } from '../command-line/arguments.ts';
import type { DeviceBuild } from './contract.ts';

const drivers = {
  dimm: 'pc-dimm',
  nvdimm: 'nvdimm',
  'virtio-mem': 'virtio-mem-pci',
  'virtio-pmem': 'virtio-pmem-pci',
} as const;

/** The memory, then the device that brings it. Enclave memory is part of the CPU: `-machine` names it. */
export function buildMemoryDevice(memory: MemoryDevice, build: DeviceBuild): void {
  const { view, args } = build;
  const { alias: id, model } = memory;
  const memdev = `mem${id}`;
  const { properties, prealloc } = backend(memory, build);
  args.json('-object', {
    ...properties,
    id: memdev,
    reserve: model === 'virtio-mem' ? false : undefined,
    prealloc: model === 'virtio-mem' || !prealloc ? undefined : true,
    size: memory.size,
    align: memory.alignSize,
    pmem: memory.pmem ? true : undefined,
    ...(memory.nodeMask === undefined ? {} : { 'host-nodes': numbers(memory.nodeMask), policy: 'bind' }),
  });
  if (model === 'sgx-epc') return;
  args.device(drivers[model], {
    node: memory.node,
    'label-size': memory.labelSize,
    'block-size': memory.blockSize,
    'requested-size': memory.requestedSize,
    uuid: memory.uuid,
    unarmed: memory.readonly ? true : undefined,
    memdev,
    prealloc: model === 'virtio-mem' && prealloc ? true : undefined,
    id,
    ...view.place(memory),
  });
}

/** What its pages come from, and whether they are taken at start. Says what the domain's memory says where it is silent. */
function backend(
  memory: MemoryDevice,
  { view, context }: DeviceBuild,
): { properties: Properties; prealloc: boolean } {
  const backing = view.spec.memoryBacking ?? {};
  const smallPages = memory.pageSize === 4096;
  const huge =
    (memory.pageSize !== undefined && !smallPages) || (!smallPages && backing.hugepages !== undefined);
  const access = memory.access ?? backing.access;
  const share = access === undefined ? undefined : access === 'shared';
  const prealloc =
    backing.allocation === 'immediate' ||
    (memory.path === undefined ? huge : !memory.pmem && memory.model !== 'virtio-pmem');
  const made = (properties: Properties) => ({ properties, prealloc });
  if (memory.model === 'sgx-epc') return { properties: { 'qom-type': 'memory-backend-epc' }, prealloc: true };
  if (memory.path !== undefined)
    return made({ 'qom-type': 'memory-backend-file', 'mem-path': memory.path, share });
  if (backing.source === 'memfd')
    return made({
      'qom-type': 'memory-backend-memfd',
      ...(huge ? { hugetlb: true, hugetlbsize: memory.pageSize ?? (backing.hugepages || undefined) } : {}),
      share,
    });
  if (!huge && access === undefined && backing.source !== 'file')
    return made({ 'qom-type': 'memory-backend-ram' });
  return made({
    'qom-type': 'memory-backend-file',
    'mem-path': huge ? context.hugepages : '/dev/shm',
    'discard-data': memory.discard ?? (backing.discard ? true : undefined),
    share,
  });
}

/** `1-3,5` → 1, 2, 3, 5 */
function numbers(ranges: string): number[] {
  return ranges.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);
  });
}
