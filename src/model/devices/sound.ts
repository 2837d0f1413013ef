import type { Device } from './device.ts';

export interface Sound extends Device {
  readonly model: 'ac97' | 'es1370' | 'sb16' | 'ich6' | 'ich7' | 'ich9' | 'usb' | 'pcspk';
  readonly codecs?: readonly ('duplex' | 'micro' | 'output')[];
  readonly audio?: number;
  /** usb: more than two channels. */
  readonly multichannel?: boolean;
}
