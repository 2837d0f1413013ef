import type { Device, VirtioOptions } from './device.ts';

export interface Input extends Device {
  readonly type: 'mouse' | 'tablet' | 'keyboard' | 'passthrough' | 'evdev';
  readonly bus?: 'usb' | 'ps2' | 'virtio';
  readonly model?: string;
  /** passthrough: the host's device that the guest gets. */
  readonly evdev?: string;
  /** evdev: the host's device that QEMU reads. */
  readonly dev?: string;
  readonly grab?: 'all';
  readonly grabToggle?:
    | 'ctrl-ctrl'
    | 'alt-alt'
    | 'shift-shift'
    | 'meta-meta'
    | 'scrolllock'
    | 'ctrl-scrolllock';
  readonly repeat?: boolean;
  readonly virtio?: VirtioOptions;
}
