import { join } from 'node:path';
import { groupsNamed, groupsOf, removeGroups } from '../../host/cgroups.ts';
import { readText } from '../../host/files.ts';
import { findAllQemu, identify, isAlive, type ProcessIdentity } from '../../host/process-identity.ts';
import type { DomainDef } from '../../model/domain.ts';
import { toFailure } from '../../model/failure.ts';
import type { ResourceKey } from '../../model/resource.ts';
import type { JournalEntry } from '../../state/journal.ts';
import type { RunRecord } from '../../state/run-records.ts';
import { catchReboot } from './catch-reboot.ts';
import type { Domains } from './domains.ts';
import { bury, endDomain } from './end.ts';
import { carryOnUpdate } from './live/update.ts';
import { recall } from './memory.ts';
import { rememberStart } from './remember-start.ts';
import { forgetSaved } from './save/restore-state.ts';
import { undoSave } from './save/save-domain.ts';
import type { Session } from './session.ts';
import { commandLineOf, configureAndRun, isBeforeFirstInstruction } from './start.ts';

/** Milliseconds in which most of what was begun is brought to its end. */
const patience = 2_000;

/** Takes up the QEMUs of an earlier life, and finishes what was cut off. */
export async function adoptAll(domains: Domains, signal: AbortSignal): Promise<void> {
  const { runRecords, journal } = domains.deps;
  const orphans = runRecords.load();
  await Promise.all([...runRecords.all()].map((record) => adopt(record, domains, signal)));
  if (orphans.length > 0) await rebuild(orphans, domains, signal);
  const begun = journal.open().filter(({ key }) => key.kind === 'Domain');
  const carried = begun.map((entry) => {
    const key = entry.key as ResourceKey<'Domain'>;
    const done = carryOn(key, entry, domains).catch((error: unknown) =>
      domains.warn(key, 'RecoveryDelayed', toFailure(error).message),
    );
    domains.carryingOn(key.name, done);
    return done;
  });
  // What takes longer waits for a guest, and delays only its own machine.
  const waited = new AbortController();
  const long = domains.deps.clock.sleep(patience, waited.signal).catch(() => undefined);
  await Promise.race([Promise.all(carried), long]);
  waited.abort();
}

/** One that hangs delays nobody: it is looked at again by `observe`. */
async function adopt(record: RunRecord, domains: Domains, signal: AbortSignal): Promise<void> {
  const session = domains.session(record);
  domains.add(session);
  if ((await isAlive(record.identity, record.uuid)) === 'dead') {
    await bury(session, domains).catch((error) =>
      domains.warn(record.key, 'CleanUpFailed', toFailure(error).message),
    );
    return;
  }
  try {
    await session.connect(2_000, signal);
    if (record.catchesReboot && domains.deps.resident) await catchReboot(session, true, domains.deps, signal);
    domains.watch(session);
  } catch (error) {
    domains.warn(record.key, 'AdoptionDelayed', toFailure(error).message);
  }
}

/** What a crash of ours cut off: a start is carried on by the loop, a stop is carried to its end. */
async function carryOn(key: ResourceKey<'Domain'>, entry: JournalEntry, domains: Domains): Promise<void> {
  const { journal, store } = domains.deps;
  const session = domains.get(key.name);
  if (!session) return carryOnNothing(key, entry, domains);
  if (entry.operation === 'stop')
    return endDomain(session, entry.step, domains, entry.detail?.['forHost'] === true);
  if (entry.operation === 'save') return carryOnSave(session, entry, domains);
  if (entry.operation === 'update') return carryOnUpdate(session, entry, domains);
  if (entry.operation !== 'start' || !session.monitor) return;
  // Cut off before its definition was accepted here: the loop accepts it, and carries the start on.
  if (!store.get(key)) return;
  const { saved } = recall(store, key);
  // Cut off while its state was loaded: it has not run, and the file is as good as before.
  if (saved && !saved.spent) return endDomain(session, 'destroy', domains);
  if (isBeforeFirstInstruction(await session.runState()))
    await configureAndRun(session, await commandLineOf(session, domains), domains.deps, {
      signal: AbortSignal.timeout(10_000),
    });
  await rememberStart(key, domains, {});
  await forgetSaved(key, domains, saved);
  journal.end(key);
}

/** Nothing came of it but what was made for it. */
function carryOnNothing(key: ResourceKey<'Domain'>, { detail }: JournalEntry, domains: Domains): void {
  const begun = detail?.['def'] as unknown as DomainDef | undefined;
  const uuid = begun?.spec.uuid;
  const runs = [...domains.sessions()].some(({ record }) => record.uuid === uuid);
  if (uuid !== undefined && !runs) removeGroups(groupsNamed(uuid));
  domains.deps.journal.end(key);
}

/** On record, the file is what it goes on from; before that, the guest itself is. */
async function carryOnSave(session: Session, { key, detail }: JournalEntry, domains: Domains): Promise<void> {
  const { saved } = recall(domains.deps.store, key as ResourceKey<'Domain'>);
  if (saved && !saved.spent) return endDomain(session, 'save', domains, detail?.['forHost'] === true);
  await undoSave(session, domains, {
    file: String(detail?.['file'] ?? ''),
    paused: detail?.['paused'] === true,
  });
}

/** Run directories without a readable record: if their QEMU lives, the record is made anew from what is known of it. */
async function rebuild(directories: readonly string[], domains: Domains, signal: AbortSignal): Promise<void> {
  const { store, runRecords, journal, clock } = domains.deps;
  const running = await findAllQemu();
  for (const directory of directories) {
    const qemu = running.find(({ argv }) => argv.includes(join(directory, 'qemu.pid')));
    const identity = qemu && (await identify(qemu.pid));
    if (!qemu || !identity) continue;
    // It may bear another name by now than the one that it was started under.
    const known = [...store.keys('Domain')].find((one) => store.get(one)?.def.spec.uuid === qemu.uuid);
    const key = known ?? ({ kind: 'Domain', name: nameOf(qemu.argv) } as const);
    // A start that was cut off says in its journal what it started; it may not be accepted here yet.
    const begun = journal.get(key)?.detail?.['def'] as unknown as DomainDef | undefined;
    const def = begun ?? store.get(key)?.def;
    if (!def) {
      domains.addStranger(key.name, { identity, uuid: qemu.uuid });
      continue;
    }
    const record = {
      key,
      uuid: qemu.uuid,
      identity,
      running: def,
      startedAt: clock.now().toISOString(),
      emulator: identity.exe,
      helpers: await helpersIn(directory),
      tuning: { groups: groupsOf(identity.pid, qemu.uuid), limits: [], cpus: {} },
      taps: [],
    };
    runRecords.put(record, directory);
    await adopt(record, domains, signal);
  }
}

/** `-name guest=web-1,debug-threads=on`: commas in the name are doubled. */
function nameOf(argv: readonly string[]): string {
  const value = argv[argv.indexOf('-name') + 1] ?? '';
  const [, name = ''] = /(?:^|,)guest=((?:[^,]|,,)*)/.exec(value) ?? [];
  return name.replaceAll(',,', ',');
}

/** swtpm's own pid is not recorded by it; it ends with its connection. */
async function helpersIn(directory: string): Promise<readonly ProcessIdentity[]> {
  const text = await readText(join(directory, 'swtpm.pid')).catch(() => '');
  const identity = text ? await identify(Number(text.trim())) : undefined;
  return identity ? [identity] : [];
}
