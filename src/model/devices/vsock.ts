import type { Device, VirtioOptions } from './device.ts';

export interface Vsock extends Device {
  readonly model?: 'virtio' | 'virtio-transitional' | 'virtio-non-transitional';
  readonly cid?: number;
  readonly autoCid?: boolean;
  readonly virtio?: VirtioOptions;
}
