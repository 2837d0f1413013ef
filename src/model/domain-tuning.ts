/** How the host shares its CPUs, memory and block devices: libvirt's cputune, numatune, memtune, blkiotune, resource. */

/** Microseconds for periods and quotas; CPU lists are libvirt's (`0-3,^2`). */
export interface Cputune {
  readonly shares?: number;
  readonly globalPeriod?: number;
  readonly globalQuota?: number;
  readonly period?: number;
  readonly quota?: number;
  readonly emulatorPeriod?: number;
  readonly emulatorQuota?: number;
  readonly iothreadPeriod?: number;
  readonly iothreadQuota?: number;
  readonly vcpuPins?: readonly { readonly vcpu: number; readonly cpuset: string }[];
  readonly emulatorPin?: string;
  readonly iothreadPins?: readonly { readonly iothread: number; readonly cpuset: string }[];
  readonly vcpuScheds?: readonly VcpuSched[];
  readonly iothreadScheds?: readonly IothreadSched[];
  readonly emulatorSched?: ThreadSched;
  readonly cacheTunes?: readonly CacheTune[];
  readonly memoryTunes?: readonly MemoryTune[];
}

export interface ThreadSched {
  readonly scheduler: 'batch' | 'idle' | 'fifo' | 'rr';
  /** 1 to 99; `fifo` and `rr` only. */
  readonly priority?: number;
}

export interface VcpuSched extends ThreadSched {
  /** Absent: all. */
  readonly vcpus?: string;
}

export interface IothreadSched extends ThreadSched {
  /** Absent: all. */
  readonly iothreads?: string;
}

/** Share of a host cache (resctrl). */
export interface CacheTune {
  readonly vcpus: string;
  readonly caches?: readonly {
    readonly id: number;
    readonly level: number;
    readonly type: 'both' | 'code' | 'data';
    /** Bytes. */
    readonly size: number;
  }[];
  readonly monitors?: readonly { readonly level: number; readonly vcpus: string }[];
}

/** Share of the memory bandwidth (resctrl), in percent. */
export interface MemoryTune {
  readonly vcpus: string;
  readonly nodes?: readonly { readonly id: number; readonly bandwidth: number }[];
  readonly monitors?: readonly { readonly vcpus: string }[];
}

export type NumaMode = 'strict' | 'preferred' | 'interleave' | 'restrictive';

export interface Numatune {
  /** Where the memory of the whole guest comes from. */
  readonly memory?: {
    readonly mode?: NumaMode;
    readonly nodeset?: string;
    readonly placement?: 'static' | 'auto';
  };
  /** Where the memory of one guest NUMA cell comes from. */
  readonly memnodes?: readonly {
    readonly cellid: number;
    readonly mode?: NumaMode;
    readonly nodeset: string;
  }[];
}

/** Bytes. */
export interface Memtune {
  readonly hardLimit?: number;
  readonly softLimit?: number;
  readonly minGuarantee?: number;
  readonly swapHardLimit?: number;
}

export interface Blkiotune {
  /** 100 to 1000. */
  readonly weight?: number;
  readonly devices?: readonly BlkiotuneDevice[];
}

/** Limits for one block device of the host. */
export interface BlkiotuneDevice {
  readonly path: string;
  readonly weight?: number;
  readonly readIopsSec?: number;
  readonly writeIopsSec?: number;
  readonly readBytesSec?: number;
  readonly writeBytesSec?: number;
}

export interface Resource {
  /** Absolute path of a cgroup partition: `/virtualmachines/production`. */
  readonly partition?: string;
  readonly fibrechannelAppid?: string;
}
