/** What stands below libvirt's `qemu:` namespace: QEMU's own words, past all that a definition understands. */
export interface QemuExtras {
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  /** Capabilities of QEMU to be taken as there or as missing. */
  readonly addCapabilities?: readonly string[];
  readonly delCapabilities?: readonly string[];
  /** Properties of devices, by alias. */
  readonly overrides?: readonly DeviceOverride[];
  readonly deprecation?: 'none' | 'omit' | 'reject' | 'crash';
}

export interface DeviceOverride {
  readonly alias: string;
  readonly frontend: readonly PropertyOverride[];
}

export interface PropertyOverride {
  readonly name: string;
  readonly type: 'string' | 'signed' | 'unsigned' | 'bool' | 'remove';
  readonly value?: string;
}
