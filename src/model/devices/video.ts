import type { Device, VirtioOptions } from './device.ts';

export interface Video extends Device {
  readonly model?: 'virtio' | 'vga' | 'cirrus' | 'vmvga' | 'qxl' | 'bochs' | 'ramfb' | 'none';
  readonly primary?: boolean;
  readonly heads?: number;
  /** KiB, as libvirt counts video memory. */
  readonly vram?: number;
  readonly ram?: number;
  readonly vgamem?: number;
  readonly vram64?: number;
  readonly blob?: boolean;
  readonly acceleration?: VideoAcceleration;
  readonly resolution?: { readonly x: number; readonly y: number };
  /** Who draws: QEMU, or a process behind a socket. */
  readonly driver?: 'qemu' | 'vhostuser';
  readonly vgaconf?: 'io' | 'on' | 'off';
  readonly virtio?: VirtioOptions;
}

export interface VideoAcceleration {
  readonly accel2d?: boolean;
  readonly accel3d?: boolean;
  readonly rendernode?: string;
}
