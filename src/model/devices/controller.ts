import type { Device, VirtioOptions } from './device.ts';

export type ControllerType = 'pci' | 'scsi' | 'sata' | 'ide' | 'fdc' | 'usb' | 'virtio-serial' | 'ccid';

export interface Controller extends Device {
  readonly type: ControllerType;
  readonly index?: number;
  readonly model?: string;
  /** virtio-serial */
  readonly ports?: number;
  readonly vectors?: number;
  /** virtio-scsi */
  readonly queues?: number;
  readonly cmdPerLun?: number;
  readonly maxSectors?: number;
  readonly iothread?: number;
  readonly ioeventfd?: boolean;
  readonly virtio?: VirtioOptions;
  /** usb companions: the start port on the master. */
  readonly masterStartport?: number;
  /** pci: libvirt's `<model name>` and `<target …>`. */
  readonly pciModelName?: string;
  readonly chassisNr?: number;
  readonly chassis?: number;
  readonly port?: number;
  readonly busNr?: number;
  /** NUMA cell of the guest that an expander bus is near to. */
  readonly numaNode?: number;
  readonly hotplug?: boolean;
  /** Bytes; 64-bit PCI hole of the root. */
  readonly pcihole64?: number;
}
