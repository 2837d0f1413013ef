import type { Device } from './device.ts';
import type { Rom } from './rom.ts';
import type { StorageAuth } from './storage-source.ts';

/** A device of the host, given to the guest. Which of `usb`, `pci`, `scsi`, `scsiHost` and `mdev` counts follows from `type`. */
export interface Hostdev extends Device {
  readonly type: 'usb' | 'pci' | 'scsi' | 'scsi_host' | 'mdev';
  /** The host's own driver is taken off at start, and put back. */
  readonly managed?: boolean;
  readonly usb?: HostUsb;
  readonly pci?: HostPci;
  readonly scsi?: HostScsi;
  readonly scsiHost?: HostScsiHost;
  readonly mdev?: HostMdev;
  readonly model?: 'vfio-pci' | 'virtio' | 'virtio-transitional' | 'virtio-non-transitional';
  readonly driver?: 'vfio' | 'kvm' | 'xen';
  readonly display?: boolean;
  readonly ramfb?: boolean;
  readonly rawio?: boolean;
  readonly sgio?: 'filtered' | 'unfiltered';
  readonly readonly?: boolean;
  readonly shareable?: boolean;
  readonly bootOrder?: number;
  readonly rom?: Rom;
  readonly teaming?: Teaming;
}

export interface HostUsb {
  readonly vendor?: number;
  readonly product?: number;
  readonly bus?: number;
  readonly device?: number;
  readonly startupPolicy?: 'mandatory' | 'requisite' | 'optional';
  readonly guestReset?: 'off' | 'uninitialized' | 'on';
}

export interface HostPci {
  readonly domain?: number;
  readonly bus?: number;
  readonly slot?: number;
  readonly function?: number;
}

export interface HostScsi {
  /** `scsi_host0` */
  readonly adapter?: string;
  readonly bus?: number;
  readonly target?: number;
  readonly unit?: number;
  readonly protocol?: 'iscsi';
  /** iscsi: name of the target, and the unit behind a slash. */
  readonly iqn?: string;
  readonly host?: string;
  readonly port?: number;
  readonly initiator?: string;
  readonly auth?: StorageAuth;
}

export interface HostScsiHost {
  readonly protocol?: 'vhost';
  readonly wwpn?: string;
}

export interface HostMdev {
  readonly uuid: string;
}

/** Two network cards that the guest sees as one, so that one of them can leave for a migration. */
export interface Teaming {
  readonly type: 'persistent' | 'transient';
  /** transient: alias of the other one. */
  readonly persistent?: string;
}
