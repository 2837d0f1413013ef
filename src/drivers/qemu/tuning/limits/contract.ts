import type { Controller } from '../../../../host/cgroup-mounts.ts';

/** One value for one file of a control group. */
export interface Write {
  /** The first that this kernel has. */
  readonly files: readonly string[];
  readonly value: string;
  /** What lifts it; absent: only the end of the group does. */
  readonly lifted?: string;
}

/** One field of a definition as a limit of the kernel, for each version of control groups. */
export interface Limit {
  /** Definition path. */
  readonly path: string;
  readonly controller: Controller;
  /** Threads that it is for: `emulator`, `vcpu0`, `iothread1`; absent: the whole domain. */
  readonly threads?: string;
  /** QEMU binds the guest's memory by itself too: a host without this controller is good enough. */
  readonly isOptional?: boolean;
  readonly writes: Readonly<Record<1 | 2, readonly Write[]>>;
}

/** Who is there to be limited, by number. */
export interface ThreadNumbers {
  readonly vcpus: readonly number[];
  readonly iothreads: readonly number[];
}

export interface LimitFacts extends ThreadNumbers {
  /** What the kernel calls a block device: `8:0`. */
  device(path: string): string;
}
