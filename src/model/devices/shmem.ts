import type { Device } from './device.ts';

/** Memory that guests share. */
export interface Shmem extends Device {
  readonly shmem: string;
  readonly role?: 'master' | 'peer';
  readonly model?: 'ivshmem' | 'ivshmem-plain' | 'ivshmem-doorbell';
  /** Bytes. */
  readonly size?: number;
  readonly server?: { readonly path?: string };
  readonly msi?: ShmemMsi;
}

export interface ShmemMsi {
  readonly enabled?: boolean;
  readonly vectors?: number;
  readonly ioeventfd?: boolean;
}
