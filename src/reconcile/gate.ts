import { needsConfirmation } from '../model/approval.ts';
import { type Impact, impacts } from '../model/plan.ts';
import type { Def } from '../model/resource.ts';
import { confirmation } from '../plan/brake.ts';
import type { Gate } from '../plan/plan-resource.ts';
import { rulesOf } from '../plan/rules-of.ts';
import type { ResourceRecord, Suspension } from '../state/records.ts';
import type { ControllerDeps } from './deps.ts';
import type { Entry } from './entry.ts';
import type { ResourceIndex } from './resource-index.ts';
import { windowState } from './window-state.ts';

/** The source of what a person has undefined: nothing declares it, and nothing holds it back. */
export const undefinedByPerson = 'undefined by a person';

/** What may be done at all. A source may be given narrower words than the whole daemon. */
export interface Policy {
  /** How many may be down for a restart of ours at once. */
  readonly maxUnavailable: number;
  /** Remove what a complete source no longer declares. */
  readonly prune: boolean;
  readonly maxDisruption?: Impact;
}

/** The narrower of both; removal as the source's own words say. */
export function policyFor(whole: Policy, own: Partial<Policy> = {}): Policy {
  const disruption = [whole.maxDisruption, own.maxDisruption].filter((impact) => impact !== undefined);
  const least = disruption.sort((a, b) => impacts.indexOf(a) - impacts.indexOf(b))[0];
  return {
    prune: own.prune ?? whole.prune,
    maxUnavailable: Math.min(whole.maxUnavailable, own.maxUnavailable ?? whole.maxUnavailable),
    ...(least === undefined ? {} : { maxDisruption: least }),
  };
}

/** What policy and people allow for this resource now, apart from the brake on restarts. */
export function gateOf(
  entry: Entry,
  desired: Def | undefined,
  record: ResourceRecord | undefined,
  index: ResourceIndex,
  deps: Policy & Pick<ControllerDeps, 'kinds' | 'clock' | 'approvals'>,
): Gate {
  const { kinds, clock } = deps;
  const { prune, maxDisruption } = policyFor(deps, index.revisionOf(entry)?.policy);
  const windows = desired && rulesOf(kinds, desired.kind).windows?.(desired);
  const suspended = suspension(record, clock.now());
  const source = entry.declaration?.origin ?? record?.origin.source ?? '';
  const approvedBy = desired && deps.approvals.by('restart', entry.text, source);
  const common: Gate = {
    ...(approvedBy === undefined ? {} : { approvedBy }),
    ...(windows && windows.length > 0 ? { window: windowState(windows, clock.now()) } : {}),
    ...(maxDisruption === undefined || entry.requested ? {} : { maxDisruption }),
    ...(suspended === undefined ? {} : { suspended }),
  };
  const inForce = desired ?? record?.def;
  const blockedBy = inForce && index.unready(inForce);
  const notReady = inForce && index.notReady(inForce);
  const blocked = {
    ...(blockedBy === undefined ? {} : { blockedBy }),
    ...(notReady === undefined ? {} : { notReady }),
  };
  if (desired && entry.forbidden !== undefined) return { ...common, ...blocked, forbidden: entry.forbidden };
  if (desired) return { ...common, ...blocked };
  const neededBy = index.neededBy(entry);
  const byPerson = record?.origin.source === undefinedByPerson;
  const braked = byPerson ? undefined : index.revisionOf(entry)?.removalBrake(entry.text);
  const confirms = record && needsConfirmation(record.def.metadata.annotations);
  const allowed = byPerson || deps.approvals.allows('delete', entry.text, record?.origin.source ?? '');
  return {
    ...common,
    ...blocked,
    prune: byPerson || mayPrune(record, index.revisionOf(entry)?.state, prune),
    ...(record ? { accepted: record.def } : {}),
    ...(record?.protected ? { protected: true } : {}),
    ...(confirms && !allowed ? { confirm: confirmation(entry.text) } : {}),
    ...(neededBy === undefined ? {} : { neededBy }),
    ...(braked === undefined ? {} : { braked }),
  };
}

function mayPrune(
  record: ResourceRecord | undefined,
  state: { readonly complete: boolean; readonly frozen?: string } | undefined,
  prune: boolean,
): NonNullable<Gate['prune']> {
  if (!record)
    return { reason: 'NotInInventory', message: 'it is here, but was not accepted here: left alone' };
  if (!state) return { reason: 'SourceUnavailable', message: `${record.origin.source} is not loaded` };
  if (!state.complete)
    return { reason: 'SourceUnavailable', message: state.frozen ?? 'the source was not read completely' };
  return prune || { reason: 'NotInInventory', message: 'no longer declared; `apply --prune` removes it' };
}

/** The suspension in force at this moment, in words. */
export function suspension(record: ResourceRecord | undefined, now: Date): string | undefined {
  const { suspended } = record ?? {};
  if (!suspended || isOver(suspended, now)) return undefined;
  const { by, reason, until } = suspended;
  return `suspended by ${by}${until ? ` until ${until}` : ''}${reason ? `: ${reason}` : ''}`;
}

export function isOver({ until }: Suspension, now: Date): boolean {
  return until !== undefined && Date.parse(until) <= now.getTime();
}
