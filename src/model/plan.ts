import type { Action, Kind, ResourceKey } from './resource.ts';

/** What a change does to the guest, from harmless to worst. */
export const impacts = ['none', 'live', 'guest', 'restart', 'recreate', 'dataloss'] as const;
export type Impact = (typeof impacts)[number];

export function worstImpact(list: Iterable<Impact>): Impact {
  let worst = 0;
  for (const impact of list) worst = Math.max(worst, impacts.indexOf(impact));
  return impacts[worst] ?? 'none';
}

/** One difference between desired and live. `path` is a definition path: `spec.devices.disks[root].cache`. */
export interface Change {
  readonly path: string;
  readonly operation: 'add' | 'remove' | 'replace';
  readonly current?: unknown;
  readonly desired?: unknown;
  readonly impact: Impact;
}

export interface Step<K extends Kind = Kind> {
  readonly key: ResourceKey<K>;
  readonly action: Action<K>;
  readonly impact: Impact;
  /** Why, in words for people. */
  readonly reason: string;
  readonly changes: readonly Change[];
  /** Of a step that may fail alone: what it is about, the same in every plan. A plan without it goes on with the others. */
  readonly subject?: string;
}

export type HoldReason =
  | 'RestartPolicy'
  | 'Drift'
  | 'MaxDisruption'
  | 'MaxUnavailable'
  | 'RolledBack'
  | 'SavedState'
  | 'Suspended'
  | 'Protected'
  | 'Brake'
  | 'NeedsApproval'
  | 'NotInInventory'
  | 'DeletionPolicy'
  | 'DependencyNotReady'
  | 'SourceUnavailable'
  | 'Backoff'
  | 'Unknown'
  | 'Invalid'
  | 'PolicyViolation'
  | 'NotSupported';

/** A step or a set of changes that waits, with the reason. */
export interface Held {
  readonly key: ResourceKey;
  readonly reason: HoldReason;
  readonly message: string;
  readonly impact: Impact;
  readonly changes: readonly Change[];
  /** What would be done: action types in order. */
  readonly actions: readonly string[];
}
