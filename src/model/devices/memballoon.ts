import type { Device, VirtioOptions } from './device.ts';

export interface Memballoon extends Device {
  readonly model?: 'virtio' | 'virtio-transitional' | 'virtio-non-transitional' | 'none';
  readonly autodeflate?: boolean;
  readonly freePageReporting?: boolean;
  /** Seconds between the guest's reports; 0 or absent: none. */
  readonly statsPeriod?: number;
  readonly virtio?: VirtioOptions;
}
