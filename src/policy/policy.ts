import type { Position } from '../model/diagnostic.ts';

/** What a source may have of this host in all. */
export interface Quota {
  readonly domains?: number;
  readonly volumes?: number;
  readonly networks?: number;
  readonly snapshots?: number;
  readonly vcpus?: number;
  /** Bytes. */
  readonly memory?: number;
  /** Bytes; the sum of the volumes' capacities. */
  readonly disk?: number;
  /** Interfaces with a tap on the host. */
  readonly taps?: number;
  /** Operations per second; each disk needs a limit then. */
  readonly iops?: number;
}

/** Absolute directories: what is below them is granted. */
export interface GrantedPaths {
  readonly images?: readonly string[];
  readonly iso?: readonly string[];
  readonly kernel?: readonly string[];
  readonly firmware?: readonly string[];
  readonly share?: readonly string[];
  readonly sockets?: readonly string[];
  readonly logs?: readonly string[];
}

/** Patterns with `*`. */
export interface GrantedDevices {
  readonly pci?: readonly string[];
  readonly usb?: readonly string[];
  readonly mdev?: readonly string[];
  readonly scsi?: readonly string[];
  readonly block?: readonly string[];
  readonly char?: readonly string[];
}

/** What specs may reach on the host. A list that is not given is that of the built-in policy it stands on. */
export interface Grants {
  readonly kinds?: readonly string[];
  readonly namePrefix?: string;
  readonly paths?: GrantedPaths;
  readonly devices?: GrantedDevices;
  readonly bridges?: readonly string[];
  readonly networks?: readonly string[];
  readonly interfaces?: readonly string[];
  readonly listen?: readonly string[];
  readonly connect?: readonly string[];
  readonly emulators?: readonly string[];
  readonly machineTypes?: readonly string[];
  readonly rawQemuArgs?: readonly string[];
  readonly resources?: readonly string[];
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  /** Sources whose resources may be taken over by name. */
  readonly adopts?: readonly string[];
  readonly quota?: Quota;
}

export type BuiltIn = 'operator' | 'tenant';

/** One entry: what the specs of some sources may do. */
export interface PolicyEntry extends Grants {
  /** Pattern of the source, as `status` shows it. */
  readonly source: string;
  /** Only specs below this directory of the source. */
  readonly path?: string;
  readonly base?: BuiltIn;
}

export interface Policy {
  readonly file: string;
  /** The first that fits a source counts. */
  readonly entries: readonly PolicyEntry[];
  /** Where something stands in the file: `sources[0].paths.images`. */
  locate(path: string): Position;
}

/** What holds for one source, or for one directory of it. */
export interface Rules extends Grants {
  readonly name: string;
  readonly base: BuiltIn;
  /** Where a field comes from, for people. */
  origin(field: string): { readonly words: string; readonly file?: string; readonly line?: number };
}
