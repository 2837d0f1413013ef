import type { Device } from './device.ts';

export interface Audio extends Device {
  readonly id: number;
  readonly type: 'none' | 'spice';
}
