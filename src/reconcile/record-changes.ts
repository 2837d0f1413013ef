import type { PowerIntent } from '../model/domain-live.ts';
import type { Json } from '../model/json.ts';
import type { Def } from '../model/resource.ts';
import { withMembers } from '../model/with-members.ts';
import type { BackoffRecord, ResourceRecord } from '../state/records.ts';
import type { Entry } from './entry.ts';

/** The definition enters the inventory. What a new definition makes obsolete is forgotten. */
export function accepted(record: ResourceRecord | undefined, entry: Entry, def: Def): ResourceRecord {
  const { backoff: _, rolledBack: __, completed: ___, ...before } = record ?? {};
  const fresh: ResourceRecord = withMembers(before, {
    key: entry.key,
    def,
    origin: originOf(entry, record),
    generation: (record?.generation ?? 0) + 1,
    protected: def.metadata.annotations?.['qonverge/protect'] === 'true',
  });
  return withCompleted(fresh, entry);
}

/** What its definition was completed for, so that the next start need not do it again. */
export function withCompleted(record: ResourceRecord, { completed }: Entry): ResourceRecord {
  if (completed?.def !== record.def) return record;
  const { revision, host } = completed;
  const { generation, completed: known } = record;
  const same = known?.revision === revision && known.host === host && known.generation === generation;
  return same ? record : withMembers(record, { completed: { revision, host, generation } });
}

/** Where it is declared by now: files move, sources hand over. */
export function movedTo(record: ResourceRecord, entry: Entry): ResourceRecord {
  const origin = originOf(entry, record);
  const { source, file, revision } = record.origin;
  const same = source === origin.source && file === origin.file && revision === origin.revision;
  return same ? record : { ...record, origin };
}

function originOf({ declaration }: Entry, record: ResourceRecord | undefined): ResourceRecord['origin'] {
  if (!declaration) return record?.origin ?? { source: '' };
  const { file, revision } = declaration.declared;
  return { source: declaration.origin, file, revision };
}

export function withBackoff(
  record: ResourceRecord | undefined,
  backoff: BackoffRecord,
): ResourceRecord | undefined {
  return record && { ...record, backoff };
}

export function withoutBackoff(record: ResourceRecord): ResourceRecord {
  if (!record.backoff) return record;
  const { backoff: _, ...rest } = record;
  return rest;
}

export function withoutSuspension(record: ResourceRecord): ResourceRecord {
  const { suspended: _, ...rest } = record;
  return rest;
}

/** It goes down for a restart: whoever comes next knows that, and counts it. */
export function goingDown(record: ResourceRecord, revision: string | undefined): ResourceRecord {
  return { ...record, restart: { down: true, ...(revision === undefined ? {} : { revision }) } };
}

/** It is back from its restart. */
export function backAgain(record: ResourceRecord): ResourceRecord {
  if (!record.restart?.down) return record;
  const { down: _, ...restart } = record.restart;
  return { ...record, restart };
}

/** A person's standing order, as drivers read it. */
export function intentOf(record: ResourceRecord | undefined): PowerIntent | undefined {
  return record?.extra?.['intent'] as PowerIntent | undefined;
}

export function withIntent(record: ResourceRecord, intent: PowerIntent): ResourceRecord {
  return { ...record, extra: { ...record.extra, intent: intent as unknown as Json } };
}

/** The order to restart is done; the order to run stands. */
export function restarted(record: ResourceRecord): ResourceRecord {
  const intent = intentOf(record);
  if (!intent?.restart) return record;
  const { restart: _, ...rest } = intent;
  return withIntent(record, rest);
}
