import type { Device, VirtioModel, VirtioOptions } from './device.ts';
import type { StorageSource } from './storage-source.ts';

export type DiskBus = 'virtio' | 'scsi' | 'sata' | 'ide' | 'usb' | 'fdc' | 'sd';

export type DiskFormat =
  | 'raw'
  | 'qcow2'
  | 'qcow'
  | 'qed'
  | 'vmdk'
  | 'vdi'
  | 'vpc'
  | 'vhdx'
  | 'parallels'
  | 'bochs'
  | 'cloop'
  | 'dmg'
  | 'fat';

export interface Disk extends Device, StorageSource {
  readonly device?: 'disk' | 'cdrom' | 'floppy' | 'lun';
  /** virtio only. */
  readonly model?: VirtioModel;
  readonly format?: DiskFormat;
  readonly bus?: DiskBus;
  /** libvirt's target: `vda`, `sdb`, `hdc`, `fda`. */
  readonly dev?: string;
  readonly cache?: 'default' | 'none' | 'writeback' | 'writethrough' | 'directsync' | 'unsafe';
  readonly io?: 'native' | 'threads' | 'io_uring';
  readonly discard?: 'unmap' | 'ignore';
  readonly detectZeroes?: 'off' | 'on' | 'unmap';
  /** qcow2: what is discarded keeps its place in the file. */
  readonly discardNoUnref?: boolean;
  readonly errorPolicy?: 'stop' | 'report' | 'ignore' | 'enospace';
  readonly rerrorPolicy?: 'stop' | 'report' | 'ignore';
  readonly copyOnRead?: boolean;
  readonly iothread?: number;
  readonly queues?: number;
  readonly queueSize?: number;
  readonly eventIdx?: boolean;
  readonly ioeventfd?: boolean;
  /** Bytes; qcow2. */
  readonly metadataCache?: number;
  readonly virtio?: VirtioOptions;
  readonly serial?: string;
  readonly wwn?: string;
  readonly vendor?: string;
  readonly product?: string;
  readonly readonly?: boolean;
  readonly shareable?: boolean;
  readonly transient?: boolean;
  /** Other domains may use the image below at the same time. */
  readonly transientShareBacking?: boolean;
  /** What a snapshot of the domain does with this disk. */
  readonly snapshot?: 'no' | 'internal' | 'external' | 'manual';
  readonly sgio?: 'filtered' | 'unfiltered';
  readonly rawio?: boolean;
  readonly removable?: boolean;
  readonly tray?: 'open' | 'closed';
  /** Turns per minute. */
  readonly rotationRate?: number;
  readonly logicalBlockSize?: number;
  readonly physicalBlockSize?: number;
  /** Bytes that are thrown away together; 0: nothing is. */
  readonly discardGranularity?: number;
  readonly geometry?: DiskGeometry;
  readonly bootOrder?: number;
  readonly iotune?: Iotune;
  readonly startupPolicy?: 'mandatory' | 'requisite' | 'optional';
  readonly backingStore?: BackingStore;
}

export interface DiskGeometry {
  readonly cylinders: number;
  readonly heads: number;
  readonly sectors: number;
  readonly translation?: 'auto' | 'none' | 'lba';
}

/** An explicit chain; `terminal` says that the image has no backing file. */
export interface BackingStore extends StorageSource {
  readonly format?: DiskFormat;
  /** Bytes; qcow2. */
  readonly metadataCache?: number;
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
