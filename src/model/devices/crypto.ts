import type { Device, VirtioOptions } from './device.ts';

/** A device that encrypts for the guest. */
export interface Crypto extends Device {
  readonly model?: 'virtio';
  readonly type?: 'qemu';
  /** Who does the work: QEMU itself, or the kernel of the host. */
  readonly backend?: 'builtin' | 'lkcf';
  readonly queues?: number;
  readonly virtio?: VirtioOptions;
}
