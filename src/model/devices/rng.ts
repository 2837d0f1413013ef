import type { CharacterSource } from './character-device.ts';
import type { Device, VirtioOptions } from './device.ts';

export interface Rng extends Device {
  readonly model?: 'virtio' | 'virtio-transitional' | 'virtio-non-transitional';
  readonly backend?: 'random' | 'builtin' | 'egd';
  readonly source?: string;
  readonly egd?: CharacterSource;
  readonly rateBytes?: number;
  /** Milliseconds. */
  readonly ratePeriod?: number;
  readonly virtio?: VirtioOptions;
}
