import type { MemoryDevice } from '../../../model/domain-devices.ts';
import { type MemoryRegion, memoryBackend } from '../command-line/memory-backend.ts';
import type { DeviceBuild } from './contract.ts';

const drivers = {
  dimm: 'pc-dimm',
  nvdimm: 'nvdimm',
  'virtio-mem': 'virtio-mem-pci',
  'virtio-pmem': 'virtio-pmem-pci',
} as const;

/** The memory, then the device that brings it. Enclave memory is part of the CPU: `-machine` names it. */
export function buildMemoryDevice(memory: MemoryDevice, { view, context, args }: DeviceBuild): void {
  const { alias: id, model } = memory;
  const memdev = `mem${id}`;
  // What grows takes its memory by itself, piece by piece.
  const grows = model === 'virtio-mem';
  const isNvdimm = model === 'nvdimm';
  const { object, threadContext } = memoryBackend(regionOf(memory, memdev), view.spec, context);
  const { prealloc, ...lazy } = object;
  if (threadContext !== undefined && !grows) args.json('-object', threadContext);
  args.json('-object', {
    ...(grows ? { ...lazy, 'prealloc-context': undefined } : object),
    ...(model === 'sgx-epc' ? { 'qom-type': 'memory-backend-epc', prealloc: true } : {}),
    reserve: grows ? false : undefined,
    ...(isNvdimm ? { align: memory.alignSize, pmem: memory.pmem ? true : undefined } : {}),
  });
  if (model === 'sgx-epc') return;
  args.device(drivers[model], {
    node: memory.node,
    ...(isNvdimm ? { 'label-size': memory.labelSize, unarmed: memory.readonly ? true : undefined } : {}),
    ...(grows
      ? {
          'block-size': memory.blockSize,
          // 0 is the default.
          'requested-size': memory.requestedSize || undefined,
          'dynamic-memslots': memory.dynamicMemslots,
        }
      : {}),
    memaddr: memory.base,
    memdev,
    prealloc: grows && prealloc ? true : undefined,
    id,
    ...view.place(memory),
  });
}

/** Modules of x86 are whole steps of this size. */
const moduleSize = 2 * 1024 * 1024;

function regionOf(memory: MemoryDevice, id: string): MemoryRegion {
  const { size, node, access, discard, pageSize, nodeMask, pmem, model } = memory;
  // A file is where it is: on no nodes of the host, in no huge pages.
  const isFile = model === 'nvdimm' || model === 'virtio-pmem';
  const path = isFile ? memory.path : undefined;
  const isPersistent = path !== undefined && !pmem && model !== 'virtio-pmem';
  return {
    id,
    size: Math.ceil(size / moduleSize) * moduleSize,
    ...(node === undefined ? {} : { cell: node }),
    ...(access === undefined ? {} : { access }),
    ...(discard === undefined ? {} : { discard }),
    ...(pageSize === undefined ? {} : { pageSize }),
    ...(nodeMask === undefined || isFile ? {} : { hostNodes: nodeMask }),
    ...(path === undefined ? {} : { path, ...(isPersistent ? { prealloc: true } : {}) }),
  };
}
