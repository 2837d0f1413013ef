import type { Device, VirtioOptions } from './device.ts';

export type DiskBus = 'virtio' | 'scsi' | 'sata' | 'ide' | 'usb' | 'fdc';

export type DiskFormat = 'raw' | 'qcow2';

export interface Disk extends Device {
  /** Which of `file`, `block` and `volume` gives the data. No source at all: an empty drive. */
  readonly type?: 'file' | 'block' | 'volume';
  readonly device?: 'disk' | 'cdrom' | 'floppy';
  readonly file?: string;
  readonly block?: string;
  /** Name of a `Volume`. */
  readonly volume?: string;
  readonly format?: DiskFormat;
  readonly bus?: DiskBus;
  /** libvirt's target: `vda`, `sdb`, `hdc`, `fda`. */
  readonly dev?: string;
  readonly cache?: 'default' | 'none' | 'writeback' | 'writethrough' | 'directsync' | 'unsafe';
  readonly io?: 'native' | 'threads' | 'io_uring';
  readonly discard?: 'unmap' | 'ignore';
  readonly detectZeroes?: 'off' | 'on' | 'unmap';
  readonly errorPolicy?: 'stop' | 'report' | 'ignore' | 'enospace';
  readonly rerrorPolicy?: 'stop' | 'report' | 'ignore';
  readonly copyOnRead?: boolean;
  readonly iothread?: number;
  readonly queues?: number;
  readonly virtio?: VirtioOptions;
  readonly serial?: string;
  readonly wwn?: string;
  readonly vendor?: string;
  readonly product?: string;
  readonly readonly?: boolean;
  readonly shareable?: boolean;
  readonly transient?: boolean;
  readonly removable?: boolean;
  readonly tray?: 'open' | 'closed';
  /** Requests per second of the medium; for `usb` and `ide` geometry see a later release. */
  readonly rotationRate?: number;
  readonly logicalBlockSize?: number;
  readonly physicalBlockSize?: number;
  readonly bootOrder?: number;
  readonly iotune?: Iotune;
  readonly startupPolicy?: 'mandatory' | 'requisite' | 'optional';
  readonly backingStore?: BackingStore;
}

/** An explicit chain; `terminal` says that the image has no backing file. */
export interface BackingStore {
  readonly type?: 'file' | 'block';
  readonly file?: string;
  readonly block?: string;
  readonly format?: DiskFormat;
  readonly backingStore?: BackingStore;
  readonly terminal?: boolean;
}

/** Bytes, operations and seconds; 0 means no limit. Names are libvirt's. */
export interface Iotune {
  readonly totalBytesSec?: number;
  readonly readBytesSec?: number;
  readonly writeBytesSec?: number;
  readonly totalIopsSec?: number;
  readonly readIopsSec?: number;
  readonly writeIopsSec?: number;
  readonly totalBytesSecMax?: number;
  readonly readBytesSecMax?: number;
  readonly writeBytesSecMax?: number;
  readonly totalIopsSecMax?: number;
  readonly readIopsSecMax?: number;
  readonly writeIopsSecMax?: number;
  readonly totalBytesSecMaxLength?: number;
  readonly readBytesSecMaxLength?: number;
  readonly writeBytesSecMaxLength?: number;
  readonly totalIopsSecMaxLength?: number;
  readonly readIopsSecMaxLength?: number;
  readonly writeIopsSecMaxLength?: number;
  readonly sizeIopsSec?: number;
  readonly groupName?: string;
}
