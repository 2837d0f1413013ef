/** What one QEMU binary on this host can do, as far as a definition depends on it. Pure data, cached by binary identity. */
export interface DomainCapabilities {
  readonly emulator: string;
  /** e.g. `7.2.22` */
  readonly version: string;
  /** Alias → versioned machine type: `q35` → `pc-q35-7.2`, `pc` → `pc-i440fx-7.2`. */
  readonly machines: Readonly<Record<string, string>>;
  readonly devices: readonly string[];
  readonly kvm: { readonly usable: boolean; readonly reason?: string };
  /** What of processors it can give a guest, by accelerator; nothing is known of one that could not be asked. */
  readonly cpus: { readonly kvm?: CpuFacts; readonly tcg?: CpuFacts };
  /** Firmware found by QEMU's descriptor files. */
  readonly firmware: readonly FirmwareImage[];
}

/** What QEMU says of its CPU models under one accelerator on this host. Names of features are QEMU's. */
export interface CpuFacts {
  /** What the fullest model is made of: `host` under KVM, `max` without. */
  readonly host: HostCpu;
  /** Every model, with the features that a guest would miss here. */
  readonly models: Readonly<Record<string, readonly string[]>>;
  /** All features that can be named. */
  readonly features: readonly string[];
}

export interface HostCpu {
  readonly vendor: string;
  readonly family: number;
  readonly model: number;
  readonly stepping: number;
  /** Given to a guest that may migrate. */
  readonly features: readonly string[];
  /** Given only to a guest that stays on this host. */
  readonly immovable: readonly string[];
  /** In the processor by Linux's account, given or not; without KVM it does not matter. */
  readonly silicon: readonly string[];
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
