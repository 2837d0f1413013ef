import type { Reconnect, SourceLabel } from './character-device.ts';

export type StorageType = 'file' | 'block' | 'dir' | 'network' | 'volume' | 'nvme' | 'vhostuser';

/** Where the data of a disk, or of an image below it, is. One of the sources; none: an empty drive. */
export interface StorageSource {
  /** Which source gives the data. */
  readonly type?: StorageType;
  readonly file?: string;
  readonly block?: string;
  /** A directory that the guest sees as a FAT disk. */
  readonly dir?: string;
  /** Name of a `Volume`, in `pool` or in the pool `default`. */
  readonly volume?: string;
  readonly pool?: string;
  readonly volumeMode?: 'host' | 'direct';
  readonly network?: NetworkStorage;
  readonly nvme?: NvmeStorage;
  readonly vhostuser?: VhostUserStorage;
  readonly encryption?: Encryption;
  readonly reservations?: Reservations;
  /** The part of the file that holds the image. */
  readonly slice?: StorageSlice;
  readonly labels?: readonly SourceLabel[];
}

export type NetworkProtocol =
  | 'nbd'
  | 'rbd'
  | 'iscsi'
  | 'http'
  | 'https'
  | 'ftp'
  | 'ftps'
  | 'ssh'
  | 'gluster'
  | 'nfs'
  | 'sheepdog';

export interface NetworkStorage {
  readonly protocol: NetworkProtocol;
  /** What the server calls it: export, pool/image, target/LUN, path. */
  readonly name?: string;
  readonly query?: string;
  readonly hosts?: readonly NetworkHost[];
  readonly tls?: boolean;
  readonly tlsHostname?: string;
  readonly sslVerify?: boolean;
  readonly auth?: StorageAuth;
  readonly snapshot?: string;
  readonly config?: string;
  readonly initiator?: string;
  readonly cookies?: Readonly<Record<string, string>>;
  /** Bytes. */
  readonly readahead?: number;
  /** Seconds. */
  readonly timeout?: number;
  /** Seconds. */
  readonly reconnectDelay?: number;
  readonly user?: string;
  readonly group?: string;
}

export interface NetworkHost {
  readonly name?: string;
  readonly port?: number;
  readonly transport?: 'tcp' | 'unix' | 'rdma';
  readonly socket?: string;
}

/** A secret by name; its value is never part of a definition. */
export interface SecretReference {
  readonly uuid?: string;
  readonly usage?: string;
}

export interface StorageAuth {
  readonly username: string;
  readonly type: 'ceph' | 'iscsi';
  readonly secret: SecretReference;
}

export interface Encryption {
  readonly format: 'luks' | 'luks2';
  readonly engine?: 'qemu' | 'librbd';
  readonly secret: SecretReference;
}

export interface NvmeStorage {
  readonly managed?: boolean;
  readonly namespace: number;
  readonly domain?: number;
  readonly bus?: number;
  readonly slot?: number;
  readonly function?: number;
}

export interface VhostUserStorage {
  readonly path: string;
  readonly reconnect?: Reconnect;
}

/** SCSI persistent reservations: through our helper, or one that listens at `path`. */
export interface Reservations {
  readonly managed: boolean;
  readonly path?: string;
}

/** Bytes. */
export interface StorageSlice {
  readonly offset: number;
  readonly size: number;
}
