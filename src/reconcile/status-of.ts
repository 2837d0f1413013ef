import type { KindTable } from '../kinds/contract.ts';
import type { Change, HoldReason } from '../model/plan.ts';
import type { KeyText, Kind } from '../model/resource.ts';
import type { Condition, ResourceStatus } from '../model/status.ts';
import { rulesOf } from '../plan/rules-of.ts';
import type { ResourceRecord } from '../state/records.ts';
import { conditionsOf } from './conditions.ts';
import type { Entry } from './entry.ts';
import { intentOf } from './record-changes.ts';

/** One row of `qonverge status`. */
export function statusOf(
  entry: Entry,
  record: ResourceRecord | undefined,
  conditions: readonly Condition[],
  kinds: KindTable,
): ResourceStatus {
  const { key, live, declaration } = entry;
  const { state, runState, pid, uuid, saved } = rulesOf(kinds, key.kind).summary(live);
  const file = declaration?.declared.file ?? record?.origin.file;
  const intent = intentOf(record);
  return {
    kind: key.kind,
    name: key.name,
    ...(uuid ? { uuid } : {}),
    state,
    ...(runState === undefined ? {} : { runState }),
    ...(pid === undefined ? {} : { pid }),
    ...(saved ? { saved } : {}),
    ...(file === undefined ? {} : { file }),
    generation: record?.generation ?? 0,
    conditions,
    pending: pendingOf(entry),
    ...driftOf(entry, kinds),
    ...(intent ? { intent: `${intent.restart ? 'restart' : intent.want} by ${intent.by}` } : {}),
    ...(record?.suspended ? { suspended: record.suspended } : {}),
  };
}

/** With what the spec wants in each place. */
function driftOf({ key, live, changes }: Entry, kinds: KindTable): Pick<ResourceStatus, 'drift'> {
  const found = live === undefined ? [] : (rulesOf(kinds, key.kind).drifted?.(live) ?? []);
  if (found.length === 0) return {};
  const drift = found.map((one) => {
    const desired = changes.find(({ path }) => path === one.path)?.desired ?? one.lastApplied;
    return { ...one, ...(desired === undefined ? {} : { desired }) };
  });
  return { drift };
}

/** What may hold back a change of a running guest. */
const changeHolds: ReadonlySet<HoldReason> = new Set([
  'RestartPolicy',
  'DependencyNotReady',
  'MaxDisruption',
  'MaxUnavailable',
  'Brake',
]);

/** Drift of a running guest that waits, whoever holds it. */
export function pendingOf({ held }: Entry): readonly Change[] {
  return held
    .filter(({ reason }) => changeHolds.has(reason))
    .flatMap(({ changes }) => changes)
    .filter(({ path, impact }) => path.startsWith('spec.') && impact !== 'none');
}

/** What people look for comes first: domains, then what they stand on. */
export function byKindAndName(kinds: KindTable): (a: ResourceStatus, b: ResourceStatus) => number {
  return (a, b) =>
    kinds[b.kind].order - kinds[a.kind].order || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}

/** Of what is known by its mistake only. */
export function invalidStatus(text: KeyText, problem: string, now: string): ResourceStatus {
  const at = text.indexOf('/');
  const failure = { code: 'invalid-spec', message: problem, final: true };
  const outcome = { generation: 0, converged: false, ready: false, held: [], pending: 0, failure };
  return {
    kind: text.slice(0, at) as Kind,
    name: text.slice(at + 1),
    state: 'nostate',
    generation: 0,
    conditions: conditionsOf(outcome, [], now),
    pending: [],
  };
}
