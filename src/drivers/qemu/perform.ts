import { diff } from '../../kinds/diff.ts';
import type { DomainDef } from '../../model/domain.ts';
import type { DomainAction } from '../../model/domain-action.ts';
import type { SavedState } from '../../model/domain-live.ts';
import { Failure, toFailure } from '../../model/failure.ts';
import type { ResourceKey } from '../../model/resource.ts';
import { catchReboot } from './catch-reboot.ts';
import { dropCheckpoint, goBackToCheckpoint, takeCheckpoint } from './checkpoint.ts';
import type { Domains } from './domains.ts';
import { endDomain, stopRecord } from './end.ts';
import { updateDomain } from './live/update.ts';
import { recall, remember } from './memory.ts';
import { rememberStart } from './remember-start.ts';
import { resetDomain } from './reset.ts';
import { forgetSaved, markSpent, openSaved, restoreFailure } from './save/restore-state.ts';
import { saveDomain } from './save/save-domain.ts';
import type { Session } from './session.ts';
import { shutdownGuest } from './shutdown.ts';
import { commandLineOf, configureAndRun, isBeforeFirstInstruction, startDomain } from './start.ts';

type Key = ResourceKey<'Domain'>;
type Start = Extract<DomainAction, { type: 'start' }>;
type Shutdown = Extract<DomainAction, { type: 'shutdown' }>;

/** One action on one domain. Whoever repeats it finds it done. */
export async function performAction(
  key: Key,
  action: DomainAction,
  domains: Domains,
  signal: AbortSignal,
): Promise<void> {
  await domains.carriedOn(key.name);
  const session = domains.get(key.name);
  switch (action.type) {
    case 'define':
      return session && define(session, action.def, domains);
    case 'start':
      return start(key, action, domains, signal);
    case 'shutdown':
      return session && shutdown(session, action, domains, signal);
    case 'save':
      return session && saveDomain(session, domains, { forHost: action.forHost === true, signal });
    case 'discard-save':
      return forgetSaved(key, domains, recall(domains.deps.store, key).saved);
    case 'destroy':
      return session && endDomain(session, action.type, domains, action.forHost);
    case 'reap':
      return session && endDomain(session, action.type, domains);
    case 'pause':
      await session?.monitor?.execute('stop', undefined, { signal });
      return session?.doubt();
    case 'unpause':
      // Whoever goes on by hand from a restore that was cut off has gone on.
      if (session) await markSpent(key, domains, true);
      await session?.monitor?.execute('cont', undefined, { signal });
      return session?.doubt();
    case 'update':
      return session && updateDomain(session, action, domains, signal);
    case 'catch-reboot':
      return session && catchReboot(session, action.catch, domains.deps, signal);
    case 'reset':
      if (!session) throw new Failure('domain-not-running', `${key.name} does not run`, { retry: 'never' });
      return resetDomain(session, domains.deps, signal);
    case 'checkpoint': {
      const def = domains.deps.store.get(key)?.def;
      return def && takeCheckpoint(key, def, domains);
    }
    case 'go-back':
      return goBackToCheckpoint(key, domains);
    case 'drop-checkpoint':
      return dropCheckpoint(key, domains);
    case 'undefine':
      if (session && !action.keepRunning) await endDomain(session, 'destroy', domains);
      if (session && action.keepRunning) domains.delete(key.name);
  }
}

/** What does nothing to the guest takes effect by being written down. */
async function define(session: Session, def: DomainDef, { deps }: Domains): Promise<void> {
  const changes = diff(session.record.running, def);
  if (changes.length === 0 || changes.some(({ path }) => deps.kinds.Domain.impact(path) !== 'none')) return;
  session.record = { ...session.record, running: def };
  session.doubt();
  deps.runRecords.put(session.record);
}

async function start(key: Key, action: Start, domains: Domains, signal: AbortSignal): Promise<void> {
  await domains.buried(key.name);
  const present = domains.get(key.name);
  if (present) {
    const state = await present.runState(signal);
    if (!isBeforeFirstInstruction(state) || action.paused) return;
    await domains.deps.store.settled(key);
    await configureAndRun(present, await commandLineOf(present, domains), domains.deps, { signal });
    await rememberStart(key, domains, action);
    return domains.deps.journal.end(key);
  }
  const { saved } = recall(domains.deps.store, key);
  if (saved?.spent) {
    domains.warn(key, 'SavedStateSpent', 'it had gone on from its saved state already: this is a cold start');
    await forgetSaved(key, domains, saved);
  }
  const session =
    saved && !saved.spent
      ? await restore(key, saved, domains, signal)
      : await startDomain(action.def, domains, {
          signal,
          ...(action.paused ? { paused: true } : {}),
        }).catch(async (error) => {
          await rememberFailedStart(key, error, domains);
          throw error;
        });
  domains.watch(session);
  await rememberStart(key, domains, action);
  await forgetSaved(key, domains, saved);
  domains.deps.journal.end(key);
  domains.tell(key, 'started');
}

/** The machine that was saved, whatever is wanted by now: what differs is changed while it runs. */
async function restore(key: Key, saved: SavedState, domains: Domains, signal: AbortSignal): Promise<Session> {
  const file = await openSaved(saved, key.name);
  try {
    return await startDomain(saved.def, domains, { signal, restore: { saved, fd: file.fd } });
  } catch (error) {
    throw toFailure(error).code === 'cancelled' ? error : restoreFailure(key.name, error);
  } finally {
    await file.close();
  }
}

async function rememberFailedStart(key: Key, error: unknown, domains: Domains): Promise<void> {
  const { code, message } = toFailure(error);
  if (code !== 'qemu-start-failed') return;
  await remember(domains.deps.store, key, (memory) => ({
    ...memory,
    lastStop: {
      ...stopRecord('start-failed', domains, false, message),
      ...(memory.lastStop?.rebooting ? { rebooting: true } : {}),
    },
  }));
}

async function shutdown(
  session: Session,
  action: Shutdown,
  domains: Domains,
  signal: AbortSignal,
): Promise<void> {
  const { deps, bootId } = domains;
  const { key } = session.record;
  const { stopping } = recall(deps.store, key);
  const now = deps.clock.now();
  const elapsed = stopping?.bootId === bootId ? now.getTime() - Date.parse(stopping.since) : -1;
  // Only what an earlier life of ours began is carried on. What was given up, or is long past, begins anew: with asking the guest.
  const carriesOn = !session.askedToStop && elapsed >= 0 && elapsed < action.gracePeriod * 1_000;
  session.askedToStop = true;
  if (!carriesOn)
    await remember(deps.store, key, (memory) => ({
      ...memory,
      stopping: { since: now.toISOString(), bootId, action: action.type },
    }));
  await shutdownGuest(session, deps, { ...action, elapsed: carriesOn ? elapsed : 0, signal });
  await endDomain(session, 'shutdown', domains, action.forHost);
}
