/** The NUMA topology that the guest sees: libvirt's `<cpu><numa>`. */
export interface GuestNuma {
  readonly cells: readonly NumaCell[];
  /** HMAT: how fast memory is, seen from an initiator. */
  readonly interconnects?: NumaInterconnects;
}

export interface NumaCell {
  /** Default: its place in the list. */
  readonly id?: number;
  /** vCPUs of the cell, `0-3,^2`; absent: a cell of memory only. */
  readonly cpus?: string;
  /** Bytes. */
  readonly memory: number;
  readonly memAccess?: 'shared' | 'private';
  readonly discard?: boolean;
  readonly distances?: readonly { readonly id: number; readonly value: number }[];
  readonly caches?: readonly NumaCache[];
}

export interface NumaCache {
  readonly level: number;
  readonly associativity: 'none' | 'direct' | 'full';
  readonly policy: 'none' | 'writeback' | 'writethrough';
  /** Bytes. */
  readonly size: number;
  /** Bytes. */
  readonly line: number;
}

export interface NumaInterconnects {
  readonly latencies?: readonly NumaLatency[];
  readonly bandwidths?: readonly NumaBandwidth[];
}

interface NumaInterconnect {
  readonly initiator: number;
  readonly target: number;
  /** Level of the cache at the target; absent: its memory. */
  readonly cache?: number;
  readonly type: 'access' | 'read' | 'write';
}

export interface NumaLatency extends NumaInterconnect {
  /** Nanoseconds. */
  readonly value: number;
}

export interface NumaBandwidth extends NumaInterconnect {
  /** Bytes per second. */
  readonly value: number;
}
