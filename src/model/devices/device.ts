export interface Device {
  readonly name?: string;
  /** QEMU's id of the device, libvirt's alias: `virtio-disk0`, `net0`, or `ua-<name>`. */
  readonly alias?: string;
  readonly address?: DeviceAddress;
  /** Number in the names that Linux gives to PCI devices: `eno1`. */
  readonly acpiIndex?: number;
}

export type DeviceAddress =
  | PciAddress
  | DriveAddress
  | VirtioSerialAddress
  | UsbAddress
  | IsaAddress
  | CcidAddress
  | DimmAddress
  | NoAddress;

export interface PciAddress {
  readonly type: 'pci';
  readonly domain?: number;
  readonly bus?: number;
  readonly slot?: number;
  readonly function?: number;
  readonly multifunction?: boolean;
}

export interface DriveAddress {
  readonly type: 'drive';
  readonly controller?: number;
  readonly bus?: number;
  readonly target?: number;
  readonly unit?: number;
}

export interface VirtioSerialAddress {
  readonly type: 'virtio-serial';
  readonly controller?: number;
  readonly bus?: number;
  readonly port?: number;
}

export interface UsbAddress {
  readonly type: 'usb';
  readonly bus?: number;
  /** `1` or `1.2`: the path through the hubs. */
  readonly port?: string;
}

export interface IsaAddress {
  readonly type: 'isa';
  readonly iobase?: number;
  readonly irq?: number;
}

export interface CcidAddress {
  readonly type: 'ccid';
  readonly controller?: number;
  readonly slot?: number;
}

export interface DimmAddress {
  readonly type: 'dimm';
  readonly slot?: number;
  /** Where it begins in the guest's physical memory. */
  readonly base?: number;
}

/** A device of the host that is taken from it, and not given to the guest. */
export interface NoAddress {
  readonly type: 'unassigned';
}

/** With legacy parts as well, or without any. Plain `virtio`: as the bus has it. */
export type VirtioModel = 'virtio' | 'virtio-transitional' | 'virtio-non-transitional';

export interface VirtioOptions {
  readonly iommu?: boolean;
  readonly ats?: boolean;
  readonly packed?: boolean;
  readonly pagePerVq?: boolean;
}
