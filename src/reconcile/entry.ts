import type { Declared } from '../manifest/declared.ts';
import type { PowerIntent } from '../model/domain-live.ts';
import type { Failure, FailureCode } from '../model/failure.ts';
import type { Change, Held, HoldReason } from '../model/plan.ts';
import { type Def, type KeyText, keyText, type Live, type ResourceKey } from '../model/resource.ts';
import type { Condition } from '../model/status.ts';
import type { CompletedFor, ResourceRecord } from '../state/records.ts';
import type { Refusals } from './refusal.ts';

export interface Declaration {
  readonly origin: string;
  readonly declared: Declared;
}

export interface EntryFailure {
  readonly code: FailureCode;
  readonly message: string;
  readonly suggestion?: string | undefined;
  /** Only a change of spec or host helps. */
  readonly final: boolean;
}

export function failureOf({ code, message, suggestion, retry }: Failure): EntryFailure {
  return { code, message, suggestion, final: retry === 'never' };
}

export interface Working {
  /** In words, for people. */
  readonly message: string;
  readonly since: string;
  /** The guest goes down for it. */
  readonly restarts: boolean;
}

/** What the controller remembers of one key between two looks. */
export interface Entry {
  readonly key: ResourceKey;
  readonly text: KeyText;
  declaration?: Declaration | undefined;
  /** What its spec came to on top of the definition that was accepted by then. */
  completed?: Completed | undefined;
  /** What the host's policy has against its spec. */
  forbidden?: string | undefined;
  live?: Live | undefined;
  changes: readonly Change[];
  held: readonly Held[];
  conditions: readonly Condition[];
  /** Drift is empty. */
  converged: boolean;
  /** Others may stand on it. */
  ready: boolean;
  /** It runs changed and has not shown yet that it works: more is to come. */
  onTrial: boolean;
  /** When the trial that began with `until` is over, by a clock that nobody sets. */
  trialEnds?: { readonly until: string; readonly at: number } | undefined;
  /** What those who stand on it know of it. */
  announced: 'no' | 'running' | 'ready';
  /** The last attempt failed. */
  failure?: EntryFailure | undefined;
  /** Action types of the last pass. */
  done: readonly string[];
  /** Action types that a mere look found to be due. */
  due: readonly string[];
  /** The step that is being done right now. */
  working?: Working | undefined;
  /** Passes in a row that acted and did not converge. */
  laps: number;
  looked: boolean;
  /** A person's order, not carried out yet: neither disruption budget nor brake nor backoff is in its way. */
  requested?: PowerIntent | undefined;
  /** A person asked to try again: no backoff is in the way. One object per asking. */
  retry?: object | undefined;
  /** The steps that its guest refused. */
  refusals?: Refusals | undefined;
  /** What the last quiet pass saw: the same again means nothing to do. */
  quiet?: Quiet | undefined;
}

export interface Completed extends CompletedFor {
  readonly base: Def | undefined;
  readonly def: Def;
}

export interface Quiet {
  readonly live: Live | undefined;
  readonly record: ResourceRecord | undefined;
  readonly declaration: Declaration | undefined;
}

export function newEntry(key: ResourceKey): Entry {
  return {
    key,
    text: keyText(key),
    changes: [],
    held: [],
    conditions: [],
    converged: false,
    ready: false,
    onTrial: false,
    announced: 'no',
    done: [],
    due: [],
    laps: 0,
    looked: false,
  };
}

/** These holds end by themselves. */
const passing: ReadonlySet<HoldReason> = new Set(['DependencyNotReady', 'Backoff', 'MaxUnavailable']);

/** Nothing more will happen by itself: as wanted, or waiting for a person or for policy. */
export function isSettled(entry: Entry): boolean {
  if (!entry.looked || entry.onTrial) return false;
  if (entry.converged || entry.failure?.final) return true;
  return entry.held.length > 0 && entry.held.every(({ reason }) => !passing.has(reason));
}
