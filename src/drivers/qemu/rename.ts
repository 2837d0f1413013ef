import { moveAside } from '../../host/files.ts';
import type { DomainDef } from '../../model/domain.ts';
import type { Json } from '../../model/json.ts';
import { renamed } from '../../model/renamed.ts';
import type { ResourceKey } from '../../model/resource.ts';
import type { JournalEntry } from '../../state/journal.ts';
import { checkpointCopy } from './checkpoint.ts';
import type { Domains } from './domains.ts';
import { logFile } from './log-file.ts';
import { type Checkpoint, remember } from './memory.ts';
import { nvramPath } from './nvram.ts';
import { tpmState } from './swtpm.ts';
import { transientDisks, transientImage } from './transient-images.ts';

type Key = ResourceKey<'Domain'>;

/**
 * A machine goes on under another name: what this host keeps under the old one moves, and QEMU, which has its files and
 * sockets open, notices nothing. Until its next start the process list shows the old name.
 */
export async function renameDomain(from: Key, to: Key, domains: Domains): Promise<void> {
  const { deps } = domains;
  const { store, journal, runRecords, paths } = deps;
  await domains.carriedOn(from.name);
  await domains.buried(from.name);
  const session = domains.get(from.name);
  // Both names first: whoever is killed here finds what was begun.
  const begun = journal.get(from);
  if (begun) journal.write(entryUnder(begun, to));
  if (session) {
    const { record } = session;
    session.record = { ...record, key: to, running: renamed(record.running, to) };
    session.doubt();
    runRecords.rename(from, session.record);
    domains.delete(from.name);
    domains.add(session);
  }
  journal.end(from);
  const def = session?.record.running ?? store.get(to)?.def;
  const before = def && nvramPath(renamed(def, from), deps);
  const after = def && nvramPath(def, deps);
  const nvram = before !== undefined && after !== undefined ? { before, after } : undefined;
  if (nvram && nvram.before !== nvram.after) {
    await moveAside(nvram.before, nvram.after);
    await moveAside(checkpointCopy(nvram.before), checkpointCopy(nvram.after));
  }
  await moveAside(tpmState(paths.stateDir, from.name), tpmState(paths.stateDir, to.name));
  if (def) {
    for (const { alias = '' } of transientDisks(def)) {
      const image = (name: string) => transientImage(paths.stateDir, name, alias);
      await moveAside(image(from.name), image(to.name));
    }
  }
  await moveAside(logFile(deps, from.name), logFile(deps, to.name));
  await remember(store, to, ({ saved, checkpoint, ...memory }) => ({
    ...memory,
    ...(saved ? { saved: { ...saved, def: renamed(saved.def, to) } } : {}),
    ...(checkpoint ? { checkpoint: withNvram(checkpoint, nvram) } : {}),
  }));
}

function entryUnder(entry: JournalEntry, to: Key): JournalEntry {
  const def = entry.detail?.['def'] as unknown as DomainDef | undefined;
  if (!def) return { ...entry, key: to };
  return { ...entry, key: to, detail: { ...entry.detail, def: renamed(def, to) as unknown as Json } };
}

function withNvram(checkpoint: Checkpoint, nvram: { before: string; after: string } | undefined): Checkpoint {
  return nvram && checkpoint.nvram === nvram.before ? { ...checkpoint, nvram: nvram.after } : checkpoint;
}
