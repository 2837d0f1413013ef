import type { DomainDevices, NetworkStorage, SourceLabel } from './domain-devices.ts';
import type { GuestNuma } from './domain-numa.ts';
import type { QemuExtras } from './domain-qemu.ts';
import type { Blkiotune, Cputune, Memtune, Numatune, Resource } from './domain-tuning.ts';
import type { Probe } from './probe.ts';
import type { Metadata } from './resource.ts';

export type RunStrategy = 'Always' | 'UnlessStopped' | 'RerunOnFailure' | 'Once' | 'Manual' | 'Halted';
export type RestartPolicy = 'Manual' | 'OnGuestReboot' | 'Window' | 'Immediate' | 'Never';
export type DeletionPolicy = 'Shutdown' | 'Destroy' | 'Orphan';
export type Accelerator = 'kvm' | 'tcg' | 'auto';

/**
 * The one canonical definition of a domain. YAML and libvirt XML both decode into it; equal definitions from
 * either are equal. `complete` fills what a spec leaves out; the type is the same before and after.
 */
export interface DomainDef {
  readonly kind: 'Domain';
  readonly metadata: Metadata;
  readonly spec: DomainSpec;
}

/** What a security driver is to do with the process. */
export interface SecurityLabel {
  readonly type?: 'dynamic' | 'static' | 'none';
  readonly model?: string;
  readonly relabel?: boolean;
  readonly label?: string;
  readonly baselabel?: string;
}

export interface DomainSpec {
  readonly seclabels?: readonly SecurityLabel[];
  readonly runStrategy?: RunStrategy;
  readonly autostart?: boolean;
  readonly restartPolicy?: RestartPolicy;
  /** What has to run, or be there, before it starts; stopped after it on removal. */
  readonly dependsOn?: readonly Dependency[];
  /** What tells that the guest does its work; without it, running is ready. */
  readonly readiness?: Probe;
  /** What stands by when it starts changed. */
  readonly safety?: Safety;
  readonly deletionPolicy?: DeletionPolicy;
  /** When `restartPolicy: Window` may restart it. */
  readonly maintenanceWindows?: readonly MaintenanceWindow[];
  /** Seconds from the polite request to stop until force. */
  readonly terminationGracePeriod?: number;
  readonly accel?: Accelerator;
  readonly uuid?: string;
  readonly genid?: string;
  readonly title?: string;
  readonly description?: string;
  /** Foreign elements of libvirt's `<metadata>`, verbatim XML text. Never interpreted. */
  readonly metadataXml?: string;
  /** Bytes; the memory the guest boots with. */
  readonly memory: number;
  /** Whether the guest's memory is part of QEMU's core dump. */
  readonly dumpCore?: boolean;
  /** What memory devices can bring it to; `slots` of them fit. */
  readonly maxMemory?: { readonly size: number; readonly slots: number };
  /** Bytes; the balloon's target. */
  readonly currentMemory?: number;
  readonly memoryBacking?: MemoryBacking;
  readonly memtune?: Memtune;
  readonly blkiotune?: Blkiotune;
  readonly vcpus?: Vcpus;
  readonly individualVcpus?: readonly IndividualVcpu[];
  readonly iothreads?: number;
  readonly iothreadIds?: readonly Iothread[];
  readonly defaultIothread?: IothreadPool;
  readonly cputune?: Cputune;
  readonly numatune?: Numatune;
  readonly resource?: Resource;
  readonly cpu?: Cpu;
  readonly os?: Os;
  /** A word of containers: kept. */
  readonly idmap?: IdMap;
  readonly features?: Features;
  readonly clock?: Clock;
  readonly onPoweroff?: 'destroy' | 'restart' | 'preserve' | 'rename-restart';
  readonly onReboot?: 'destroy' | 'restart' | 'preserve' | 'rename-restart';
  readonly onCrash?:
    | 'destroy'
    | 'restart'
    | 'preserve'
    | 'rename-restart'
    | 'coredump-destroy'
    | 'coredump-restart';
  readonly onLockfailure?: 'poweroff' | 'restart' | 'pause' | 'ignore';
  readonly pm?: { readonly suspendToMem?: boolean; readonly suspendToDisk?: boolean };
  readonly perf?: readonly { readonly name: PerfEvent; readonly enabled: boolean }[];
  readonly sysinfo?: Sysinfo;
  /** Files of the guest's firmware configuration device, by name. */
  readonly fwcfg?: readonly FwcfgEntry[];
  readonly launchSecurity?: LaunchSecurity;
  readonly emulator?: string;
  readonly devices?: DomainDevices;
  readonly qemu?: QemuExtras;
}

export interface Safety {
  readonly snapshot?: boolean;
  /** Absent: its readiness. */
  readonly probe?: Probe;
  /** Seconds it may take to show that it works. */
  readonly timeout?: number;
}

export interface Dependency {
  readonly kind: 'Domain' | 'Volume';
  readonly name: string;
  /** It has to be Ready by its own readiness, not just running. */
  readonly ready?: boolean;
}

/** A time in which disturbing the guest is allowed. */
export interface MaintenanceWindow {
  /** Five fields of cron: minute, hour, day of month, month, day of week. */
  readonly schedule: string;
  /** Seconds from the start given by the schedule. */
  readonly duration: number;
  /** IANA name. Default: UTC. */
  readonly timeZone?: string;
}

export interface IndividualVcpu {
  readonly id: number;
  readonly enabled: boolean;
  readonly hotpluggable?: boolean;
  readonly order?: number;
}

export interface IothreadPool {
  readonly threadPoolMin?: number;
  readonly threadPoolMax?: number;
}

export interface Iothread extends IothreadPool {
  readonly id: number;
  /** How long it looks for work before it sleeps, in nanoseconds, and how that time grows and shrinks. */
  readonly pollMax?: number;
  readonly pollGrow?: number;
  readonly pollShrink?: number;
}

/** Exactly one of `value` and `file`. */
export interface FwcfgEntry {
  /** `opt/…` */
  readonly name: string;
  readonly value?: string;
  readonly file?: string;
}

/** AMD SEV. */
export interface LaunchSecurity {
  readonly type: 'sev';
  readonly cbitpos?: number;
  readonly reducedPhysBits?: number;
  readonly policy: number;
  readonly dhCert?: string;
  readonly session?: string;
  readonly kernelHashes?: boolean;
}

export const perfEvents = [
  'cmt',
  'mbmt',
  'mbml',
  'cpu_cycles',
  'instructions',
  'cache_references',
  'cache_misses',
  'branch_instructions',
  'branch_misses',
  'bus_cycles',
  'stalled_cycles_frontend',
  'stalled_cycles_backend',
  'ref_cpu_cycles',
  'cpu_clock',
  'task_clock',
  'page_faults',
  'context_switches',
  'cpu_migrations',
  'page_faults_min',
  'page_faults_maj',
  'alignment_faults',
  'emulation_faults',
] as const;
export type PerfEvent = (typeof perfEvents)[number];

export interface MemoryBacking {
  /** Present means huge pages are wanted; no item is the host's default size. */
  readonly hugepages?: readonly HugepageSize[];
  readonly nosharepages?: boolean;
  readonly locked?: boolean;
  readonly source?: 'anonymous' | 'file' | 'memfd';
  readonly access?: 'shared' | 'private';
  readonly allocation?: 'immediate' | 'ondemand';
  readonly allocationThreads?: number;
  readonly discard?: boolean;
}

export interface HugepageSize {
  /** Bytes per page. */
  readonly size: number;
  /** Guest NUMA cells that it is for; absent: all others. */
  readonly nodeset?: string;
}

export interface Vcpus {
  readonly maximum: number;
  readonly current?: number;
  readonly placement?: 'static' | 'auto';
  readonly cpuset?: string;
}

export interface Cpu {
  readonly mode?: 'custom' | 'host-model' | 'host-passthrough' | 'maximum';
  readonly match?: 'minimum' | 'exact' | 'strict';
  readonly check?: 'none' | 'partial' | 'full';
  readonly migratable?: boolean;
  readonly model?: string;
  readonly fallback?: 'allow' | 'forbid';
  readonly vendorId?: string;
  readonly vendor?: string;
  readonly topology?: CpuTopology;
  readonly cache?: { readonly level?: number; readonly mode: 'emulate' | 'passthrough' | 'disable' };
  readonly maxphysaddr?: {
    readonly mode: 'emulate' | 'passthrough';
    readonly bits?: number;
    /** passthrough: no more than these. */
    readonly limit?: number;
  };
  readonly features?: readonly CpuFeature[];
  readonly numa?: GuestNuma;
}

export interface CpuTopology {
  readonly sockets: number;
  readonly dies?: number;
  /** Always 1 on x86. */
  readonly clusters?: number;
  readonly cores: number;
  readonly threads: number;
}

export interface CpuFeature {
  readonly name: string;
  readonly policy?: 'force' | 'require' | 'optional' | 'disable' | 'forbid';
}

export interface Os {
  /** Always `hvm`; kept so that XML says it. */
  readonly type?: 'hvm';
  readonly arch?: 'x86_64' | 'i686';
  /** `q35`, `pc` or a versioned machine type; `complete` pins the version. */
  readonly machine?: string;
  readonly firmware?: 'bios' | 'efi';
  readonly firmwareFeatures?: readonly {
    readonly name: 'secure-boot' | 'enrolled-keys';
    readonly enabled: boolean;
  }[];
  readonly loader?: Loader;
  readonly nvram?: Nvram;
  readonly kernel?: string;
  readonly initrd?: string;
  readonly cmdline?: string;
  readonly dtb?: string;
  readonly boot?: readonly ('hd' | 'cdrom' | 'network' | 'fd')[];
  readonly bootMenu?: { readonly enable: boolean; readonly timeout?: number };
  readonly bios?: { readonly useserial?: boolean; readonly rebootTimeout?: number };
  readonly smbios?: 'emulate' | 'host' | 'sysinfo';
  /** ACPI tables added to those of the machine. */
  readonly acpiTable?: { readonly type: 'slic'; readonly path: string };
}

/** How an image is stored. */
export type FirmwareFormat = 'raw' | 'qcow2';

export interface Loader {
  readonly path?: string;
  readonly format?: FirmwareFormat;
  readonly type?: 'rom' | 'pflash';
  readonly readonly?: boolean;
  readonly secure?: boolean;
  readonly stateless?: boolean;
}

export interface Nvram {
  /** What `path` is, a file or a block device; or `network`. */
  readonly type?: 'file' | 'block' | 'network';
  readonly path?: string;
  readonly network?: NetworkStorage;
  readonly labels?: readonly SourceLabel[];
  readonly format?: FirmwareFormat;
  readonly template?: string;
  readonly templateFormat?: FirmwareFormat;
}

/** `true`: the feature is on; `false`: it is off; absent: the machine's default. */
export interface Features {
  readonly acpi?: boolean;
  readonly apic?: { readonly eoi?: boolean };
  readonly pae?: boolean;
  readonly hap?: boolean;
  readonly viridian?: boolean;
  readonly privnet?: boolean;
  readonly vmport?: boolean;
  readonly smm?: { readonly state?: boolean; readonly tseg?: number };
  readonly pmu?: boolean;
  readonly hyperv?: Hyperv;
  readonly kvm?: KvmFeatures;
  readonly pvspinlock?: boolean;
  readonly msrs?: 'ignore' | 'fault';
  /** Bytes of TCG's cache of translated code. */
  readonly tcgTbCache?: number;
  readonly ioapic?: 'qemu' | 'kvm';
  /** The controller of PS/2 mouse and keyboard. */
  readonly ps2?: boolean;
  readonly vmcoreinfo?: boolean;
}

export interface KvmFeatures {
  readonly hidden?: boolean;
  readonly hintDedicated?: boolean;
  readonly pollControl?: boolean;
  readonly pvIpi?: boolean;
  readonly dirtyRing?: { readonly state: boolean; readonly size?: number };
}

export interface Hyperv {
  readonly mode?: 'custom' | 'passthrough';
  readonly relaxed?: boolean;
  readonly vapic?: boolean;
  readonly spinlocks?: { readonly state?: boolean; readonly retries?: number };
  readonly vpindex?: boolean;
  readonly runtime?: boolean;
  readonly synic?: boolean;
  readonly stimer?: { readonly state: boolean; readonly direct?: boolean };
  readonly reset?: boolean;
  readonly vendorId?: string;
  readonly frequencies?: boolean;
  readonly reenlightenment?: boolean;
  readonly tlbflush?: boolean;
  readonly tlbflushDirect?: boolean;
  readonly tlbflushExtended?: boolean;
  readonly ipi?: boolean;
  readonly evmcs?: boolean;
  readonly avic?: boolean;
  readonly emsrBitmap?: boolean;
  readonly xmmInput?: boolean;
}

export interface Clock {
  readonly offset?: 'utc' | 'localtime' | 'timezone' | 'variable' | 'absolute';
  readonly timezone?: string;
  /** Seconds, with `variable`. `reset`: a change that the guest makes is forgotten at the next start. */
  readonly adjustment?: number | 'reset';
  readonly basis?: 'utc' | 'localtime';
  /** Seconds since the epoch; with `absolute`. */
  readonly start?: number;
  readonly timers?: readonly Timer[];
}

export interface Timer {
  readonly name: 'platform' | 'hpet' | 'kvmclock' | 'pit' | 'rtc' | 'tsc' | 'hypervclock' | 'armvtimer';
  readonly present?: boolean;
  readonly track?: 'boot' | 'guest' | 'wall' | 'realtime';
  readonly tickpolicy?: 'delay' | 'catchup' | 'merge' | 'discard';
  readonly frequency?: number;
  readonly mode?: 'auto' | 'native' | 'emulate' | 'paravirt' | 'smpsafe';
  readonly catchup?: { readonly threshold?: number; readonly slew?: number; readonly limit?: number };
}

/** libvirt's `<sysinfo type='smbios'>`: entries by libvirt's names (`manufacturer`, `serial`, …). */
export interface Sysinfo {
  readonly bios?: Readonly<Record<string, string>>;
  readonly system?: Readonly<Record<string, string>>;
  readonly baseBoards?: readonly Readonly<Record<string, string>>[];
  readonly chassis?: Readonly<Record<string, string>>;
  readonly oemStrings?: readonly string[];
}

/** Users and groups of a container, as those of the host. */
export interface IdMap {
  readonly uids?: readonly IdRange[];
  readonly gids?: readonly IdRange[];
}

export interface IdRange {
  readonly start: number;
  readonly target: number;
  readonly count: number;
}
