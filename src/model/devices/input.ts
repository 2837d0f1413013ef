import type { Device } from './device.ts';

export interface Input extends Device {
  readonly type: 'mouse' | 'tablet' | 'keyboard';
  readonly bus?: 'usb' | 'ps2' | 'virtio';
  readonly model?: string;
}
