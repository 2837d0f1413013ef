import type { Device } from './device.ts';

/** A USB hub: its ports are `<port of the hub>.1` to `.8`. */
export interface Hub extends Device {
  readonly type: 'usb';
}
