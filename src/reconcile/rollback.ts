import type { KindRules } from '../kinds/contract.ts';
import { diff } from '../kinds/diff.ts';
import type { Failure, FailureCode } from '../model/failure.ts';
import type { Held } from '../model/plan.ts';
import type { Kind, Live } from '../model/resource.ts';
import { isRestart } from '../plan/plan-resource.ts';
import type { ResourceRecord } from '../state/records.ts';
import type { Entry } from './entry.ts';

/** A changed definition enters the inventory: what runs now, or ran last, is kept until the new one has run. */
export function keepLastRun(
  fresh: ResourceRecord,
  before: ResourceRecord,
  live: Live | undefined,
  rules: KindRules<Kind>,
): ResourceRecord {
  const { lastRun: _, ...rest } = fresh;
  const known = before.lastRun ?? (live && rules.lastRun?.(live, before.def));
  const restarts = known && diff(known, fresh.def).some(({ path }) => isRestart(rules.impact(path)));
  return restarts ? { ...rest, lastRun: known } : rest;
}

/** The present definition has run: there is nothing to go back to any more. */
export function forgetLastRun(record: ResourceRecord): ResourceRecord {
  if (!record.lastRun || record.trial) return record;
  const { lastRun: _, ...rest } = record;
  return rest;
}

/** Troubles of the host or of the moment: the definition before would not start either, or this one soon will. */
const notTheSpec: ReadonlySet<FailureCode> = new Set([
  'cancelled',
  'domain-unknown',
  'image-locked',
  'restore-failed',
  'kvm-unavailable',
  'state-corrupt',
  'state-locked',
  'state-write-failed',
]);

/** A full disk, in the words of a program that we ran. */
const noRoom = /No space left on device|Disk quota exceeded/;

export function isFaultOfSpec({ code, message }: Failure): boolean {
  return !notTheSpec.has(code) && !noRoom.test(message);
}

/** Back to the definition that ran last. This spec is not tried again; its next change is. */
export function rolledBack(
  record: ResourceRecord,
  spec: NonNullable<ResourceRecord['rolledBack']>,
): ResourceRecord {
  const { lastRun, backoff: _, ...rest } = record;
  if (!lastRun) return record;
  return { ...rest, def: lastRun, generation: record.generation + 1, rolledBack: spec };
}

/** A person wants the spec tried once more. */
export function withoutRollback({ rolledBack: _, ...record }: ResourceRecord): ResourceRecord {
  return record;
}

/** The rollback in force for this entry: its spec is still the one that failed. */
export function rollbackOf(
  { declaration }: Pick<Entry, 'declaration'>,
  record: ResourceRecord | undefined,
): NonNullable<ResourceRecord['rolledBack']> | undefined {
  const back = record?.rolledBack;
  return back && declaration?.declared.revision === back.revision ? back : undefined;
}

export function rollbackHeld(
  key: Held['key'],
  { message, at }: NonNullable<ResourceRecord['rolledBack']>,
): Held {
  return {
    key,
    reason: 'RolledBack',
    message: `the definition before is back, since this spec did not work (${at}): ${message}`,
    impact: 'restart',
    changes: [],
    actions: ['shutdown', 'start'],
  };
}
