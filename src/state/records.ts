import type { Json } from '../model/json.ts';
import type { Def, Kind, ResourceKey } from '../model/resource.ts';
import type { Condition } from '../model/status.ts';

/** Crash-loop and retry memory of a resource; survives a restart of the daemon. */
export interface BackoffRecord {
  readonly failures: number;
  /** ISO time; with `bootId`, since wall time is no promise. */
  readonly nextAttempt: string;
  readonly since: string;
  readonly lastError?: string;
  /** The crash that was counted last, by its time. */
  readonly counted?: string;
}

/** What a definition was completed for. */
export interface CompletedFor {
  /** Of the spec as it is declared. */
  readonly revision: string;
  /** Of this release and of what this host can do. */
  readonly host: string;
}

export interface Suspension {
  readonly reason?: string;
  /** ISO time at which it ends by itself. */
  readonly until?: string;
  readonly by: string;
  readonly at: string;
}

/** It did not start; it went down while on trial; its probe did not succeed in time. */
export type RollbackReason = 'StartFailed' | 'Crashed' | 'ProbeFailed';

/**
 * The inventory row of one resource: what this host accepted, from where, and what it remembers of it. Being here is
 * being defined; only what is here may be pruned.
 */
export interface ResourceRecord<K extends Kind = Kind> {
  readonly key: ResourceKey<K>;
  /** Completed and accepted. */
  readonly def: Def<K>;
  readonly origin: { readonly source: string; readonly file?: string; readonly revision?: string };
  /** Rises by one with each accepted change of the definition. */
  readonly generation: number;
  /** Completing that spec once more gives this definition again, as long as nothing of this is another. */
  readonly completed?: CompletedFor & { readonly generation: number };
  /** What ran before the present definition, until that one has run. */
  readonly lastRun?: Def<K>;
  /** It runs changed and has not shown yet that it works. `failed`: it goes back. */
  readonly trial?: {
    readonly revision: string;
    readonly until: string;
    readonly failed?: { readonly reason: RollbackReason; readonly message: string };
  };
  /** The spec revision that did not work, so that `def` is what ran before. */
  readonly rolledBack?: {
    readonly revision: string;
    readonly at: string;
    readonly reason: RollbackReason;
    readonly message: string;
  };
  /** The last restart of ours: the revision of its source that it counts for, and whether it is not back yet. */
  readonly restart?: { readonly revision?: string; readonly down?: true };
  /** The name under which it was known, while it is carried over to this one: whoever finds both goes on with that. */
  readonly formerly?: string;
  readonly protected?: boolean;
  readonly suspended?: Suspension;
  readonly backoff?: BackoffRecord;
  /** What status said of it when it was last looked at; kept beside the records. */
  readonly conditions?: readonly Condition[];
  /** The driver's own memory. */
  readonly extra?: { readonly [key: string]: Json };
}
