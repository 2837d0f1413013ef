/** What a value of a definition reaches on the host. Each is granted by one field of a policy, see `policy/grants.ts`. */
export type Reach =
  | 'image'
  | 'iso'
  | 'kernel'
  | 'firmware'
  | 'nvram'
  | 'share'
  | 'socket'
  | 'log'
  | 'block-device'
  | 'char-device'
  | 'pci-device'
  | 'usb-device'
  | 'mdev'
  | 'scsi-device'
  | 'host-interface'
  | 'bridge'
  | 'network'
  | 'listen'
  | 'connect'
  | 'emulator'
  | 'machine'
  | 'qemu-argument'
  | 'secret'
  | 'volume'
  | 'resource'
  /** In no table: nobody has judged yet what it reaches. */
  | 'unlisted';

/** One place of a definition that reaches the host. */
export interface Touch {
  readonly reach: Reach;
  /** Definition path: `spec.devices.disks[0].file`. */
  readonly path: string;
  readonly value: string;
  /** The guest can change what stands there. */
  readonly writes?: boolean;
}

export type Touched = Omit<Touch, 'path'>;

/**
 * What a field reaches: one word for its text as it is, `harmless` for all that is in it, or a rule that looks at the value
 * and at the map it stands in.
 */
export type TouchRule =
  | Reach
  | 'harmless'
  | ((
      value: unknown,
      owner: Readonly<Record<string, unknown>>,
    ) => Touched | readonly Touched[] | 'harmless' | undefined);

/** Rules by path, lists as `[]`. A map that is in `closed` holds nothing but what is listed. */
export interface TouchTable {
  readonly rules: Readonly<Record<string, TouchRule>>;
  readonly closed: readonly string[];
  /** What a map reaches beside its fields, also by what it does not say. */
  readonly wholes?: Readonly<
    Record<string, (owner: Readonly<Record<string, unknown>>) => readonly Touched[]>
  >;
}
