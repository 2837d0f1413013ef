import type { Device } from './device.ts';

/** Memory beside the domain's own: a module, persistent memory, or memory that grows and shrinks. Sizes are bytes. */
export interface MemoryDevice extends Device {
  readonly model: 'dimm' | 'nvdimm' | 'virtio-mem' | 'virtio-pmem' | 'sgx-epc';
  readonly access?: 'shared' | 'private';
  readonly discard?: boolean;
  readonly uuid?: string;
  readonly pageSize?: number;
  /** Nodes of the host: `1-3`. */
  readonly nodeMask?: string;
  /** nvdimm and virtio-pmem: the file. */
  readonly path?: string;
  readonly alignSize?: number;
  readonly pmem?: boolean;
  readonly size: number;
  /** NUMA node of the guest. */
  readonly node?: number;
  readonly labelSize?: number;
  readonly blockSize?: number;
  readonly requestedSize?: number;
  /** virtio-mem and virtio-pmem: where it begins in the guest's physical memory. */
  readonly base?: number;
  /** virtio-mem: memory slots of the host are taken as it grows. */
  readonly dynamicMemslots?: boolean;
  readonly readonly?: boolean;
}
