import type { Device } from './device.ts';

export interface Video extends Device {
  readonly model?: 'virtio' | 'vga' | 'cirrus' | 'qxl' | 'bochs' | 'ramfb' | 'none';
  readonly primary?: boolean;
  readonly heads?: number;
  /** KiB, as libvirt counts video memory. */
  readonly vram?: number;
  readonly ram?: number;
  readonly vgamem?: number;
  readonly resolution?: { readonly x: number; readonly y: number };
}
