import type { Declared } from '../manifest/decode.ts';
import type { Change, Held } from '../model/plan.ts';
import type { Def, Live, ResourceKey } from '../model/resource.ts';
import type { Condition } from '../model/status.ts';

/** What the controller remembers of one key between two looks. */
export interface Entry {
  readonly key: ResourceKey;
  declared?: { readonly origin: string; readonly declared: Declared } | undefined;
  /** Completed for this spec revision on top of this accepted definition. */
  completed?: { readonly revision: string; readonly base: Def | undefined; readonly def: Def } | undefined;
  live?: Live | undefined;
  changes: readonly Change[];
  held: readonly Held[];
  conditions: readonly Condition[];
  converged: boolean;
  /** The last attempt failed and waits for another. */
  failure?:
    | {
        readonly code: string;
        readonly message: string;
        readonly suggestion?: string | undefined;
        readonly final: boolean;
      }
    | undefined;
  /** What was done in the last pass: action types. */
  done: readonly string[];
  looked: boolean;
  /** A person asked for it: the disruption budget and the brake are not in the way. */
  requested: boolean;
}

export function newEntry(key: ResourceKey): Entry {
  return {
    key,
    changes: [],
    held: [],
    conditions: [],
    converged: false,
    done: [],
    looked: false,
    requested: false,
  };
}

/** Nothing more will happen by itself: as wanted, or waiting for a person or for policy. */
export function isSettled(entry: Entry): boolean {
  if (!entry.looked) return false;
  if (entry.converged || entry.failure?.final) return true;
  return (
    entry.held.length > 0 &&
    entry.held.every(({ reason }) => reason !== 'DependencyNotReady' && reason !== 'Backoff')
  );
}
