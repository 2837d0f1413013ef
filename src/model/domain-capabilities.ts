/** What one QEMU binary on this host can do, as far as a definition depends on it. Pure data, cached by binary identity. */
export interface DomainCapabilities {
  readonly emulator: string;
  /** e.g. `7.2.22` */
  readonly version: string;
  /** Alias → versioned machine type: `q35` → `pc-q35-7.2`, `pc` → `pc-i440fx-7.2`. */
  readonly machines: Readonly<Record<string, string>>;
  readonly devices: readonly string[];
  readonly kvm: { readonly usable: boolean; readonly reason?: string };
  /** Firmware found by QEMU's descriptor files. */
  readonly firmware: readonly FirmwareImage[];
}

/** One row of `/usr/share/qemu/firmware/*.json` (docs/interop/firmware.json of QEMU). */
export interface FirmwareImage {
  readonly kind: 'efi' | 'bios';
  readonly device: 'flash' | 'memory';
  readonly executable: string;
  readonly executableFormat: 'raw' | 'qcow2';
  readonly nvramTemplate?: string;
  readonly machines: readonly string[];
  readonly features: readonly string[];
}
