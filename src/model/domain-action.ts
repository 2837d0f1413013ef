import type { DomainDef } from './domain.ts';
import type { LiveChange } from './live-change.ts';

/** What a driver can be told to do with a domain. Verbs are libvirt's. Each is idempotent. */
export type DomainAction =
  | { readonly type: 'define'; readonly def: DomainDef }
  /** `paused`: stop before the first instruction. */
  | {
      readonly type: 'start';
      readonly def: DomainDef;
      readonly paused?: boolean;
      readonly autostart?: boolean;
    }
  /** Agent, then ACPI, then force after the grace period (seconds), when `force`. */
  | {
      readonly type: 'shutdown';
      readonly gracePeriod: number;
      readonly force: boolean;
      readonly forHost?: boolean;
    }
  /** Memory and all to a file, then down; the next start goes on from there. `forHost`: the host goes down. */
  | { readonly type: 'save'; readonly forHost?: boolean }
  /** Forgets the saved state: the next start is a cold one. */
  | { readonly type: 'discard-save' }
  | { readonly type: 'destroy'; readonly forHost?: boolean }
  | { readonly type: 'pause' }
  | { readonly type: 'unpause' }
  | { readonly type: 'reset' }
  /** Changes the machine while it runs; `def` is what runs then. */
  | { readonly type: 'update'; readonly change: LiveChange; readonly def: DomainDef }
  /** Whether a reboot by the guest ends QEMU, for a cold start with what is pending (QMP set-action). */
  | { readonly type: 'catch-reboot'; readonly catch: boolean }
  /** Keeps what its disks hold, while it is down; goes back to that; forgets it. */
  | { readonly type: 'checkpoint' }
  | { readonly type: 'go-back' }
  | { readonly type: 'drop-checkpoint' }
  /** Clears a shut down but still present QEMU (state `in shutdown`, `crashed`). */
  | { readonly type: 'reap' }
  /** Leaves the inventory. `keepRunning` is deletionPolicy Orphan. Never touches disks. */
  | { readonly type: 'undefine'; readonly keepRunning?: boolean };
