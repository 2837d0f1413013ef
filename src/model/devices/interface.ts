import type { Device, VirtioOptions } from './device.ts';

export type InterfaceType = 'user' | 'bridge' | 'ethernet';

export interface Interface extends Device {
  readonly type?: InterfaceType;
  readonly bridge?: string;
  /** Name of the tap device; assigned at each start when absent. */
  readonly target?: string;
  /** `no`: the tap exists already and is not ours to make or remove. */
  readonly managed?: boolean;
  readonly model?:
    | 'virtio'
    | 'virtio-transitional'
    | 'virtio-non-transitional'
    | 'e1000e'
    | 'e1000'
    | 'rtl8139'
    | (string & {});
  readonly mac?: string;
  readonly mtu?: number;
  readonly link?: 'up' | 'down';
  readonly bootOrder?: number;
  readonly queues?: number;
  readonly driver?: 'qemu' | 'vhost';
  readonly rxQueueSize?: number;
  readonly txQueueSize?: number;
  readonly virtio?: VirtioOptions;
  readonly romBar?: boolean;
  readonly romFile?: string;
}
