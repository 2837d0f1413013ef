import type { DomainDef } from '../../../model/domain.ts';
import type { DomainAction } from '../../../model/domain-action.ts';
import { Failure } from '../../../model/failure.ts';
import type { Json } from '../../../model/json.ts';
import type { LiveChange } from '../../../model/live-change.ts';
import type { JournalEntry } from '../../../state/journal.ts';
import { failpoint } from '../../../telemetry/failpoint.ts';
import type { Domains } from '../domains.ts';
import type { Session } from '../session.ts';
import { liveActs } from './table.ts';

type Update = Extract<DomainAction, { type: 'update' }>;

/**
 * One change of a running machine: intent on disk, the act, the new definition on record. Cut off anywhere, it is done
 * again from the journal; an act that fails is undone, and nothing has changed.
 */
export async function updateDomain(
  session: Session,
  { change, def }: Pick<Update, 'change' | 'def'>,
  domains: Domains,
  signal: AbortSignal,
): Promise<void> {
  const { deps, bootId } = domains;
  const { key } = session.record;
  const act = liveActs[change.operation];
  const monitor = await session.connect(3_000, signal);
  const startedAt = deps.clock.now().toISOString();
  const detail = { change, def } as unknown as { readonly [key: string]: Json };
  await deps.journal.write({ key, operation: 'update', step: change.operation, bootId, startedAt, detail });
  await failpoint(`update.${change.operation}.begun`);
  try {
    await act({
      session,
      monitor,
      deps,
      before: session.facts?.running ?? session.record.running,
      after: def,
      device: change.device,
      signal,
    });
  } catch (error) {
    session.doubt();
    // Without an answer nobody knows how far it came: whoever comes next does it again.
    const unanswered = error instanceof Failure && /^qmp-(timeout|disconnected|protocol)$/.test(error.code);
    if (!unanswered) await deps.journal.end(key);
    throw error;
  }
  await failpoint(`update.${change.operation}.acted`);
  session.record = { ...session.record, running: def };
  await deps.runRecords.put(session.record);
  session.doubt();
  await failpoint(`update.${change.operation}.recorded`);
  await deps.journal.end(key);
}

/** What a crash of ours cut off is done to its end. */
export function carryOnUpdate(session: Session, { detail }: JournalEntry, domains: Domains): Promise<void> {
  const { change, def } = detail as unknown as { change: LiveChange; def: DomainDef };
  return updateDomain(session, { change, def }, domains, AbortSignal.timeout(30_000));
}
