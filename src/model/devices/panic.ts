import type { Device } from './device.ts';

export interface Panic extends Device {
  readonly model?: 'isa' | 'pvpanic' | 'hyperv' | 'pseries' | 's390';
}
