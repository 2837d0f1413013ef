import { join } from 'node:path';
import { removeSync } from '../../../host/files.ts';
import { openVerified } from '../../../host/state-file.ts';
import type { SavedState } from '../../../model/domain-live.ts';
import { Failure, toFailure } from '../../../model/failure.ts';
import type { ResourceKey } from '../../../model/resource.ts';
import { failpoint } from '../../../telemetry/failpoint.ts';
import type { Domains } from '../domains.ts';
import { remember } from '../memory.ts';
import type { Session } from '../session.ts';
import { untilMigrated } from './until-migrated.ts';

type Key = ResourceKey<'Domain'>;

/** The file of a saved state, proven to be what was written. */
export async function openSaved({ file, bytes, sha256 }: SavedState, name: string) {
  const opened = await openVerified(file, { bytes, sha256 });
  if (opened) return opened;
  throw restoreFailure(name, `${file} is not what was written there`);
}

/** Loads it into a QEMU that stands before everything; `fd` is its number there. */
export async function loadState(
  session: Session,
  fd: number,
  { deps }: Domains,
  signal: AbortSignal,
): Promise<void> {
  const monitor = await session.connect(5_000, signal);
  await monitor.execute('migrate-incoming', { uri: `fd:${fd}` }, { signal, timeout: 30_000 });
  await untilMigrated(monitor, deps.clock, signal);
  session.doubt();
  await failpoint('restore.loaded');
}

/** On record before the guest goes on: from then on its disks are further than the file. */
export async function markSpent(key: Key, { deps }: Domains, spent: boolean): Promise<void> {
  await remember(deps.store, key, ({ saved, ...memory }) => {
    if (!saved) return memory;
    const { spent: _, ...fresh } = saved;
    return { ...memory, saved: spent ? { ...fresh, spent: true } : fresh };
  });
  if (spent) await failpoint('restore.spent');
}

/** Forgotten first, then removed: a file without a record is only garbage. */
export async function forgetSaved(key: Key, { deps }: Domains, saved: SavedState | undefined): Promise<void> {
  if (!saved) return;
  await remember(deps.store, key, ({ saved: _, ...memory }) => memory);
  if (saved.file.startsWith(join(deps.paths.stateDir, 'save', '/'))) removeSync(saved.file);
}

export function restoreFailure(name: string, error: unknown): Failure {
  const why = typeof error === 'string' ? error : toFailure(error).message;
  return new Failure('restore-failed', `${name} did not go on from its saved state, which is kept: ${why}`, {
    ...(typeof error === 'string' ? {} : { cause: error }),
    retry: 'never',
    suggestion: `\`qonverge start ${name}\` tries again; \`qonverge save ${name} --discard\` gives its memory up for a cold start`,
  });
}
