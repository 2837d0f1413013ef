import { isAlive } from '../../host/process-identity.ts';
import type { LiveDomain } from '../../model/domain-live.ts';
import { type Failure, toFailure } from '../../model/failure.ts';
import type { ResourceKey } from '../../model/resource.ts';
import type { Domains } from './domains.ts';
import { bury, stopOf } from './end.ts';
import { driftOf } from './live/drift-of.ts';
import { observeFacts } from './live/observe-facts.ts';
import { finishUnanswered } from './live/update.ts';
import { recall } from './memory.ts';
import { domainState, isPossible, stopReasonOf, troubleOf } from './run-states.ts';
import type { Session } from './session.ts';

type Key = ResourceKey<'Domain'>;

/** The facts now: QEMU's own words about what runs, the record about the rest. */
export async function observeDomain(
  key: Key,
  domains: Domains,
  signal: AbortSignal,
): Promise<LiveDomain | undefined> {
  const session = domains.get(key.name);
  if (!session)
    return (await observeStranger(key, domains)) ?? (domains.deps.store.get(key) && idle(key, domains));
  try {
    return await observeRunning(key, session, domains, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    return observeMute(key, session, domains, toFailure(error), signal);
  }
}

function idle(key: Key, { deps, bootId }: Domains): LiveDomain {
  const defined = deps.store.get(key)?.def;
  const { starts = 0, lastStop, intent, autostartedBoot, saved } = recall(deps.store, key);
  return {
    name: key.name,
    uuid: defined?.spec.uuid ?? '',
    state: 'shutoff',
    starts,
    bootId,
    ...(defined ? { defined } : {}),
    ...(lastStop ? { lastStop } : {}),
    ...(intent ? { intent } : {}),
    ...(saved ? { saved } : {}),
    ...(autostartedBoot === undefined ? {} : { autostartedBoot }),
  };
}

async function observeRunning(
  key: Key,
  session: Session,
  domains: Domains,
  signal: AbortSignal,
): Promise<LiveDomain> {
  const before = session.lastRunState;
  const runState = await session.runState(signal);
  await finishUnanswered(session, domains, signal);
  if (before && !isPossible(before, runState))
    domains.warn(key, 'ImpossibleTransition', `${before} → ${runState}`);
  const state = domainState(runState);
  const reason = session.shutdownReason ?? stopReasonOf(runState);
  const stopped = state === 'in shutdown' || state === 'crashed';
  const trouble = troubleOf(runState);
  const { record } = session;
  const running = stopped ? record.running : await observeFacts(session, signal);
  return {
    ...idle(key, domains),
    uuid: record.uuid,
    state,
    runState,
    pid: record.identity.pid,
    running,
    ...driftOf(session, running, domains),
    ...(stopped && reason ? { lastStop: stopOf(session, reason, domains) } : {}),
    ...(domains.deps.resident ? { catchesReboot: record.catchesReboot ?? false } : {}),
    ...(trouble ? { degraded: trouble } : {}),
  };
}

/** No answer: dead, or alive and mute. Only proof decides. */
async function observeMute(
  key: Key,
  session: Session,
  domains: Domains,
  failure: Failure,
  signal: AbortSignal,
): Promise<LiveDomain | undefined> {
  const { identity, uuid, running } = session.record;
  const liveness = await isAlive(identity, uuid);
  if (liveness === 'dead') {
    await bury(session, domains);
    return observeDomain(key, domains, signal);
  }
  const why =
    liveness === 'unknown' ? 'it cannot be told whether it lives' : `${failure.code}: ${failure.message}`;
  return {
    ...idle(key, domains),
    uuid,
    state: 'unknown',
    pid: identity.pid,
    running,
    confusion: `process ${identity.pid} does not answer (${why}); nothing is touched`,
  };
}

/** It bears our mark, and what it was started with is lost: nothing can be compared, so nothing is touched. */
async function observeStranger(key: Key, domains: Domains): Promise<LiveDomain | undefined> {
  const stranger = domains.stranger(key.name);
  if (!stranger) return undefined;
  const { identity, uuid } = stranger;
  if ((await isAlive(identity, uuid)) === 'dead') {
    domains.removeStranger(key.name);
    return undefined;
  }
  return {
    ...idle(key, domains),
    uuid,
    state: 'unknown',
    pid: identity.pid,
    confusion: `process ${identity.pid} runs under this name, and its definition is lost: nothing is touched until it ends`,
  };
}
