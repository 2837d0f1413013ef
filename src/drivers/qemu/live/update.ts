import type { DomainDef } from '../../../model/domain.ts';
import type { DomainAction } from '../../../model/domain-action.ts';
import { toFailure } from '../../../model/failure.ts';
import type { Json } from '../../../model/json.ts';
import type { LiveChange } from '../../../model/live-change.ts';
import type { JournalEntry } from '../../../state/journal.ts';
import { failpoint } from '../../../telemetry/failpoint.ts';
import type { Domains } from '../domains.ts';
import type { Session } from '../session.ts';
import { isUnanswered } from './say.ts';
import { liveActs } from './table.ts';

export type Update = Pick<Extract<DomainAction, { type: 'update' }>, 'change' | 'def'>;

/** For all that one act says to QEMU and does on the host. Its waits for the guest have deadlines of their own. */
const patience = 120_000;

/**
 * One change of a running machine: intent on disk, the act, the new definition on record. Killed anywhere, it is done
 * again from the journal; an act that fails is undone, and nothing has changed. Until it ends, the record says less than QEMU
 * may have: who needs both waits for `changing`.
 */
export async function updateDomain(
  session: Session,
  update: Update,
  domains: Domains,
  wish: AbortSignal,
): Promise<void> {
  const changing = change(session, update, domains, wish);
  session.changing = changing.catch(() => undefined);
  await changing;
}

async function change(
  session: Session,
  { change, def }: Update,
  domains: Domains,
  wish: AbortSignal,
): Promise<void> {
  const { deps, bootId } = domains;
  const { key } = session.record;
  const act = liveActs[change.operation];
  const monitor = await session.connect(3_000, wish);
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
      wish,
      signal: AbortSignal.timeout(patience),
    });
  } catch (error) {
    session.doubt();
    if (isUnanswered(error)) session.unanswered = { change, def };
    else await deps.journal.end(key);
    throw error;
  }
  await failpoint(`update.${change.operation}.acted`);
  session.record = { ...session.record, running: def };
  await deps.runRecords.put(session.record);
  session.doubt();
  await failpoint(`update.${change.operation}.recorded`);
  await deps.journal.end(key);
}

/** QEMU answers again: what it was told last is done to its end, though something else may be wished by now. */
export async function finishUnanswered(session: Session, domains: Domains, wish: AbortSignal): Promise<void> {
  const { unanswered } = session;
  if (!unanswered) return;
  session.unanswered = undefined;
  await updateDomain(session, unanswered, domains, wish).catch((error: unknown) =>
    domains.warn(session.record.key, 'RecoveryDelayed', toFailure(error).message),
  );
}

/** What a crash of ours cut off is done to its end. */
export function carryOnUpdate(session: Session, { detail }: JournalEntry, domains: Domains): Promise<void> {
  const { change, def } = detail as unknown as { change: LiveChange; def: DomainDef };
  return updateDomain(session, { change, def }, domains, AbortSignal.timeout(30_000));
}
