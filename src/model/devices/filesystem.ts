import type { Device, VirtioModel, VirtioOptions } from './device.ts';

/** A directory of the host that the guest can mount by its tag. */
export interface Filesystem extends Device {
  readonly type?: 'mount';
  /** 9p is served by QEMU (`path`), virtiofs by a process of its own. */
  readonly driver?: 'path' | 'handle' | 'virtiofs';
  readonly dir?: string;
  /** virtiofs: a process that serves it already. */
  readonly socket?: string;
  /** The tag that the guest mounts. */
  readonly target?: string;
  readonly model?: VirtioModel;
  readonly accessMode?: 'passthrough' | 'mapped' | 'squash';
  /** Modes of new files and directories, octal; mapped. */
  readonly fileMode?: string;
  readonly directoryMode?: string;
  readonly multidevs?: 'default' | 'remap' | 'forbid' | 'warn';
  readonly writePolicy?: 'immediate';
  readonly readonly?: boolean;
  /** virtiofs: entries of a virtqueue. */
  readonly queue?: number;
  readonly bootOrder?: number;
  readonly binary?: ShareDaemon;
  readonly virtio?: VirtioOptions;
}

/** How virtiofsd is run. */
export interface ShareDaemon {
  readonly path?: string;
  readonly xattr?: boolean;
  readonly cache?: 'none' | 'always';
  readonly sandbox?: 'namespace' | 'chroot';
  readonly posixLock?: boolean;
  readonly flock?: boolean;
  readonly threadPool?: number;
  readonly openFiles?: number;
}
