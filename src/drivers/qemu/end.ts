import { tailFile } from '../../host/files.ts';
import type { ShutdownReason, StopRecord } from '../../model/domain-live.ts';
import type { Domains } from './domains.ts';
import { lastWords } from './last-words.ts';
import { logFile } from './log-file.ts';
import { remember } from './memory.ts';
import { stopReasonOf } from './run-states.ts';
import type { Session } from './session.ts';
import { cleanUp, endProcess } from './stop.ts';

/** A reset that QEMU was told to end at (QMP set-action): the guest's own, or a person's. */
const resets: ReadonlySet<ShutdownReason> = new Set(['guest-reset', 'host-qmp-system-reset']);

/** Ends a QEMU and clears it away, remembering why. */
export async function endDomain(
  session: Session,
  operation: string,
  domains: Domains,
  forHost = false,
): Promise<void> {
  const { deps, bootId } = domains;
  const { key } = session.record;
  const runState = session.lastRunState;
  const byGuest = operation === 'reap';
  // Before we end the process: QEMU's own farewell names us as the cause.
  const reason = byGuest
    ? (session.shutdownReason ?? (runState ? stopReasonOf(runState) : undefined) ?? 'guest-shutdown')
    : 'host-qmp-quit';
  deps.journal.write({
    key,
    operation: 'stop',
    step: operation,
    bootId,
    startedAt: deps.clock.now().toISOString(),
    ...(forHost ? { detail: { forHost } } : {}),
  });
  await endProcess(session, deps);
  const stop = stopOf(session, reason, domains, !byGuest);
  await bury(session, domains, forHost ? { ...stop, forHost } : stop);
}

/** Clears away a QEMU that is proven dead, and tells why it is. */
export function bury(session: Session, domains: Domains, known?: StopRecord): Promise<void> {
  const { key } = session.record;
  const { deps } = domains;
  return domains.burying(key.name, async () => {
    const stop = known ?? (await stopOfDead(session, domains));
    await cleanUp(session, deps, () =>
      remember(deps.store, key, ({ stopping: _, ...memory }) => ({ ...memory, lastStop: stop })),
    );
    domains.delete(key.name);
    domains.tell(key, 'stopped', stop.reason);
  });
}

/** Why the guest of this QEMU has stopped. */
export function stopOf(
  session: Session,
  reason: ShutdownReason,
  domains: Domains,
  byUs = false,
  detail?: string,
): StopRecord {
  // Unheard, a power-off and a reboot look the same: the guest was told that it may reboot, so it goes on.
  const reset = resets.has(reason) || (session.shutdownReason === undefined && reason === 'guest-shutdown');
  const rebooting = session.record.catchesReboot === true && reset;
  return { ...stopRecord(reason, domains, byUs, detail), ...(rebooting ? { rebooting } : {}) };
}

export function stopRecord(
  reason: ShutdownReason,
  { deps, bootId }: Domains,
  byUs: boolean,
  detail?: string,
): StopRecord {
  return { reason, byUs, at: deps.clock.now().toISOString(), bootId, ...(detail ? { detail } : {}) };
}

async function stopOfDead(session: Session, domains: Domains): Promise<StopRecord> {
  const { identity, key } = session.record;
  if (identity.bootId !== domains.bootId) return stopOf(session, 'host-reboot', domains, session.endedByUs);
  if (session.shutdownReason) return stopOf(session, session.shutdownReason, domains, session.endedByUs);
  const words = lastWords(await tailFile(logFile(domains.deps, key.name), 1024));
  const detail =
    words === '' ? 'QEMU ended without a word, as one that is killed does' : `QEMU ended: ${words}`;
  return stopOf(session, 'process-died', domains, session.endedByUs, detail);
}
