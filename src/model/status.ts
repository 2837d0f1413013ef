import type { Diagnostic } from './diagnostic.ts';
import type { Change } from './plan.ts';
import type { Kind } from './resource.ts';

export type ConditionType =
  | 'Ready'
  | 'Reconciling'
  | 'Stalled'
  | 'InSync'
  | 'RestartRequired'
  | 'Suspended'
  | 'RolledBack'
  | 'Degraded'
  | 'Conflict';

/** Kubernetes' condition rules. */
export interface Condition {
  readonly type: ConditionType;
  readonly status: 'True' | 'False' | 'Unknown';
  /** CamelCase, from a closed set. */
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
  readonly observedGeneration: number;
}

/** One source that a daemon has loaded. */
export interface SourceStatus {
  readonly origin: string;
  readonly revision: string;
  /** Why nothing is removed for now. */
  readonly frozen?: string;
  /** How many it declares. */
  readonly resources: number;
  readonly errors: readonly Diagnostic[];
}

/** A part of a live resource that someone else changed. */
export interface Drift {
  readonly path: string;
  readonly desired?: unknown;
  readonly lastApplied?: unknown;
  readonly live?: unknown;
  /** ISO time; absent: not known. */
  readonly since?: string;
}

/** One row of `qonverge status`. */
export interface ResourceStatus {
  readonly kind: Kind;
  readonly name: string;
  readonly uuid?: string;
  readonly state: string;
  readonly runState?: string;
  readonly pid?: number;
  readonly file?: string;
  readonly generation: number;
  readonly conditions: readonly Condition[];
  readonly pending: readonly Change[];
  /** What someone else changed on what runs. */
  readonly drift?: readonly Drift[];
  /** Its memory waits in a file for the next start. */
  readonly saved?: { readonly at: string; readonly bytes: number };
  /** A person's standing order, when there is one. */
  readonly intent?: string;
  readonly suspended?: {
    readonly reason?: string;
    readonly by: string;
    readonly at: string;
    readonly until?: string;
  };
}
