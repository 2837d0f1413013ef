import type { DomainDef } from './domain.ts';
import type { Json } from './json.ts';

/** libvirt's names (virDomainState). `unknown`: we cannot prove it alive or dead, so nothing is touched. */
export type DomainState =
  | 'running'
  | 'paused'
  | 'shutoff'
  | 'crashed'
  | 'pmsuspended'
  | 'in shutdown'
  | 'nostate'
  | 'unknown';

/** QEMU's run states, QAPI `RunState` of 7.2. */
export type RunState =
  | 'debug'
  | 'inmigrate'
  | 'internal-error'
  | 'io-error'
  | 'paused'
  | 'postmigrate'
  | 'prelaunch'
  | 'finish-migrate'
  | 'restore-vm'
  | 'running'
  | 'save-vm'
  | 'shutdown'
  | 'suspended'
  | 'watchdog'
  | 'guest-panicked'
  | 'colo';

/** QAPI `ShutdownCause` of 7.2, plus what only a host can tell: the process died without saying why. */
export type ShutdownReason =
  | 'none'
  | 'host-error'
  | 'host-qmp-quit'
  | 'host-qmp-system-reset'
  | 'host-signal'
  | 'host-ui'
  | 'guest-shutdown'
  | 'guest-reset'
  | 'guest-panic'
  | 'subsystem-reset'
  | 'snapshot-load'
  | 'process-died'
  | 'host-reboot'
  | 'start-failed';

/** Why and when a domain last stopped. Comes from QEMU's own words or from proof of death, never from a guess. */
export interface StopRecord {
  readonly reason: ShutdownReason;
  /** True when the stop was ours: a person's command or a plan's step. */
  readonly byUs: boolean;
  /** ISO time, for display only. */
  readonly at: string;
  readonly bootId: string;
  /** The guest rebooted, and QEMU ended so that a pending change comes in: the start is still to follow. */
  readonly rebooting?: boolean;
  /** The host went down: it is started again when we are back. */
  readonly forHost?: boolean;
  /** Last lines of QEMU's log, when it died. */
  readonly detail?: string;
}

/** What a person asked for with start, stop, pause… It stands in status and in the plan's reasons. */
export interface PowerIntent {
  readonly want: 'running' | 'stopped' | 'paused';
  readonly by: string;
  readonly at: string;
  readonly bootId: string;
  /** How often it had been started by then: one start more fulfils an order to run. */
  readonly starts?: number;
  /** One-shot: a restart that is still to be done; cleared when it is. */
  readonly restart?: boolean;
}

/** A machine that was put to a file, memory and all, to go on from there at its next start. */
export interface SavedState {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly at: string;
  /** What ran: only this machine can go on from it. */
  readonly def: DomainDef;
  /** What QEMU had decided of its devices, by their ids: properties as of `-device`. */
  readonly decided?: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  /** Its vCPUs stood still by order. */
  readonly paused?: boolean;
  /** It has gone on from it already, or may have: its disks are further, so it is worth nothing any more. */
  readonly spent?: boolean;
}

/** A part of a running machine that someone else changed. */
export interface DriftedPath {
  readonly path: string;
  readonly lastApplied?: unknown;
  readonly live?: unknown;
  /** ISO time of the first look that found it so; absent: not known. */
  readonly since?: string;
}

/** What runs, and what this host has on record. */
export interface LiveDomain {
  readonly name: string;
  readonly uuid: string;
  readonly state: DomainState;
  readonly runState?: RunState;
  readonly pid?: number;
  /** The definition that the running QEMU was started with, as changed since. Absent when shut off. */
  readonly running?: DomainDef;
  /** What we applied last, while QEMU says that someone else has changed it since: then `running` is what QEMU says. */
  readonly applied?: DomainDef;
  readonly drifted?: readonly DriftedPath[];
  /** The accepted definition in the persistent store. Absent: not defined here. */
  readonly defined?: DomainDef;
  readonly lastStop?: StopRecord;
  /** How often it was started since it was defined. */
  readonly starts: number;
  readonly saved?: SavedState;
  readonly intent?: PowerIntent;
  readonly bootId: string;
  /** boot_id under which autostart was done. */
  readonly autostartedBoot?: string;
  /**
   * A reboot by the guest ends QEMU instead of resetting it, so that a pending change comes in with the next start.
   * Absent: nobody stays here to start it again.
   */
  readonly catchesReboot?: boolean;
  /** Why the state is `unknown`, or why this QEMU is not ours to touch. */
  readonly confusion?: string;
  /** Helpers or devices that are missing: the guest runs, less than it should. */
  readonly degraded?: string;
}
