import { join } from 'node:path';
import type { Clock } from '../../../host/clock.ts';
import { ensureDirSync, removeSync } from '../../../host/files.ts';
import { encodeName } from '../../../host/paths.ts';
import { type Digest, freeBytes, receiveFile } from '../../../host/state-file.ts';
import type { SavedState } from '../../../model/domain-live.ts';
import { Failure, toFailure } from '../../../model/failure.ts';
import type { Json } from '../../../model/json.ts';
import type { Monitor } from '../../../qmp/monitor.ts';
import { failpoint } from '../../../telemetry/failpoint.ts';
import type { Domains } from '../domains.ts';
import { endDomain } from '../end.ts';
import { observeFacts } from '../live/observe-facts.ts';
import { remember } from '../memory.ts';
import type { Session } from '../session.ts';
import { decidedByQemu } from './decided-by-qemu.ts';
import { untilMigrated } from './until-migrated.ts';

/** Devices, and what goes beside the pages. */
const beside = 64 * 1024 * 1024;
/** As fast as it goes: the guest stands still. */
const unlimited = 2 ** 40;
/** For a change under way. */
const patience = 30_000;

/**
 * The whole machine to a file, then down. Until the file is durable and on record the guest is only paused, and goes on if
 * anything fails; from then on it goes on from the file alone.
 */
export async function saveDomain(
  session: Session,
  domains: Domains,
  { forHost, signal }: { readonly forHost: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const { deps, bootId } = domains;
  await untilUnchanged(session, deps.clock, signal);
  const { key, running } = session.record;
  const monitor = await session.connect(3_000, signal);
  const runState = await session.runState(signal);
  if (runState !== 'running' && runState !== 'paused')
    throw refusal(key.name, `it is ${runState}, neither running nor paused`);
  if (running.spec.devices?.disks?.some(({ transient }) => transient !== undefined))
    throw refusal(key.name, 'a transient disk is gone once it is down', 'stop it instead');
  const directory = join(deps.paths.stateDir, 'save');
  ensureDirSync(directory, 0o700);
  await checkRoom(monitor, directory, key.name);
  const file = join(directory, `${encodeName(key.name)}.state`);
  const startedAt = deps.clock.now().toISOString();
  const detail: Readonly<Record<string, Json>> = { file, paused: runState === 'paused', forHost };
  deps.journal.write({ key, operation: 'save', step: 'write', bootId, startedAt, detail });
  removeSync(file);
  try {
    await failpoint('save.begun');
    await monitor.execute('stop', undefined, { signal });
    // A guest may have let go of a device that it was asked for long ago: what is there now has to be there again.
    session.doubt();
    const def = await observeFacts(session, signal);
    const decided = await decidedByQemu(monitor, signal);
    const digest = await writeState(session, monitor, file, deps.clock, signal);
    await failpoint('save.written');
    const saved: SavedState = {
      file,
      ...digest,
      at: startedAt,
      def,
      decided,
      ...(runState === 'paused' ? { paused: true } : {}),
    };
    await remember(deps.store, key, (memory) => ({ ...memory, saved }));
  } catch (error) {
    await undoSave(session, domains, { file, paused: runState === 'paused' });
    throw toSaveFailure(key.name, error);
  }
  await failpoint('save.remembered');
  await endDomain(session, 'save', domains, forHost);
}

/** The guest goes on as if nothing had been asked; half a file helps nobody. */
export async function undoSave(
  session: Session,
  { deps }: Domains,
  { file, paused }: { readonly file: string; readonly paused: boolean },
): Promise<void> {
  removeSync(file);
  session.doubt();
  const monitor = await session.connect(3_000);
  await monitor.execute('migrate_cancel').catch(() => undefined);
  if (!paused) await monitor.execute('cont');
  deps.journal.end(session.record.key);
}

/** A change under way would come in between: what is written down would not be what QEMU has. */
async function untilUnchanged(session: Session, clock: Clock, signal: AbortSignal): Promise<void> {
  const waited = new AbortController();
  const tooLong = clock.sleep(patience, AbortSignal.any([waited.signal, signal])).then(() => {
    throw refusal(session.record.key.name, 'a change of it does not come to its end', 'try again later');
  });
  await Promise.race([session.changing, tooLong]).finally(() => waited.abort());
}

async function checkRoom(monitor: Monitor, directory: string, name: string): Promise<void> {
  const memory = await monitor.execute<Readonly<Record<string, number>>>('query-memory-size-summary');
  const needed = (memory['base-memory'] ?? 0) + (memory['plugged-memory'] ?? 0) + beside;
  const free = await freeBytes(directory);
  if (free >= needed) return;
  const mebibytes = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MiB`;
  throw refusal(
    name,
    `${directory} has ${mebibytes(free)} free, and its memory may need ${mebibytes(needed)}`,
    'make room there, or stop it instead',
  );
}

async function writeState(
  session: Session,
  monitor: Monitor,
  file: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<Digest> {
  await monitor.execute('migrate-set-parameters', { 'max-bandwidth': unlimited }, { signal });
  const socket = join(session.directory, 'save.sock');
  return receiveFile(
    socket,
    file,
    async () => {
      await monitor.execute('migrate', { uri: `unix:${socket}` }, { signal, timeout: 30_000 });
      await untilMigrated(monitor, clock, signal);
    },
    signal,
  );
}

function refusal(name: string, why: string, suggestion?: string): Failure {
  return new Failure('save-failed', `${name} cannot be saved: ${why}`, {
    retry: 'never',
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}

function toSaveFailure(name: string, error: unknown): Failure {
  const failure = toFailure(error);
  if (failure.code === 'cancelled') return failure;
  return new Failure('save-failed', `${name} was not saved and goes on: ${failure.message}`, {
    cause: error,
    retry: 'never',
    suggestion:
      'a device that QEMU cannot save (host devices, shares) has to be taken out first; or stop it instead',
  });
}
