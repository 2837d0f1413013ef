import type { Metadata } from './resource.ts';

export interface VolumeDef {
  readonly kind: 'Volume';
  readonly metadata: Metadata;
  readonly spec: VolumeSpec;
}

export interface VolumeSpec {
  /** Absolute path. Absent: `<state dir>/volumes/<name>.<format>`. */
  readonly path?: string;
  readonly format?: 'raw' | 'qcow2';
  /** Bytes. Grows, never shrinks. */
  readonly capacity: number;
  readonly backingFile?: { readonly path: string; readonly format: 'raw' | 'qcow2' };
  readonly reclaimPolicy?: 'Retain' | 'Delete';
}

export interface LiveVolume {
  readonly name: string;
  readonly path: string;
  readonly exists: boolean;
  readonly format?: string;
  readonly capacity?: number;
  readonly allocation?: number;
  readonly backingFile?: { readonly path: string; readonly format?: string };
  readonly defined?: VolumeDef;
  /** Why it cannot be judged (unreadable, foreign format, a data file outside). */
  readonly confusion?: string;
}

export type VolumeAction =
  | { readonly type: 'define'; readonly def: VolumeDef }
  | { readonly type: 'create'; readonly def: VolumeDef }
  | { readonly type: 'grow'; readonly def: VolumeDef; readonly capacity: number }
  /** Leaves the inventory; the file stays. */
  | { readonly type: 'undefine' }
  | { readonly type: 'delete' };

export interface VolumeCapabilities {
  readonly defaultDirectory: string;
}
