import type { Device } from './device.ts';

export interface Graphics extends Device {
  readonly type: 'vnc' | 'spice';
  readonly port?: number;
  readonly autoport?: boolean;
  readonly websocket?: number;
  readonly tlsPort?: number;
  readonly listen?: string;
  readonly socket?: string;
  readonly keymap?: string;
  readonly sharePolicy?: 'allow-exclusive' | 'force-shared' | 'ignore';
  /** spice */
  readonly imageCompression?: 'auto_glz' | 'auto_lz' | 'quic' | 'glz' | 'lz' | 'off';
}
