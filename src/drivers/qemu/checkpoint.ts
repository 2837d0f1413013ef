import { exists, readBytes, remove, writeAtomic } from '../../host/files.ts';
import { run } from '../../host/processes.ts';
import type { DomainDef } from '../../model/domain.ts';
import type { ResourceKey } from '../../model/resource.ts';
import { failpoint } from '../../telemetry/failpoint.ts';
import { nodeName } from './devices/node-name.ts';
import type { Domains } from './domains.ts';
import { type Checkpoint, recall, remember } from './memory.ts';
import { nvramPath } from './nvram.ts';

type Key = ResourceKey<'Domain'>;

const name = 'qonverge-checkpoint';
const limits = { timeout: 60_000 };

/** Keeps what its disks and its firmware hold, while it is down. */
export async function takeCheckpoint(key: Key, def: DomainDef, domains: Domains): Promise<void> {
  const { deps } = domains;
  if (domains.get(key.name)) return;
  const images = imagesOf(def, deps.volumeImage);
  const nvram = nvramPath(def, deps);
  const firmware = (await exists(nvram)) ? { nvram } : {};
  const checkpoint: Checkpoint = { at: deps.clock.now().toISOString(), images, ...firmware };
  for (const { path } of images) {
    if (await isKept(path)) await snapshot('-d', path);
    await snapshot('-c', path);
  }
  if (checkpoint.nvram !== undefined) await copy(checkpoint.nvram, checkpointCopy(checkpoint.nvram));
  await remember(deps.store, key, (memory) => ({ ...memory, checkpoint }));
  await failpoint('checkpoint.taken');
}

/** Its disks hold again what they held. It has to be down; whoever repeats this finds it done. */
export async function goBackToCheckpoint(key: Key, { deps }: Domains): Promise<void> {
  const { checkpoint } = recall(deps.store, key);
  if (!checkpoint) return;
  for (const { path } of checkpoint.images) {
    if (!(await isKept(path))) continue;
    await snapshot('-a', path);
    await failpoint('checkpoint.applied');
    await snapshot('-d', path);
  }
  const { nvram } = checkpoint;
  if (nvram !== undefined && (await exists(checkpointCopy(nvram)))) {
    await copy(checkpointCopy(nvram), nvram);
    await remove(checkpointCopy(nvram));
  }
  await remember(deps.store, key, ({ checkpoint: _, ...memory }) => memory);
}

/** What it kept is not needed any more. A running QEMU has its images to itself: it deletes them. */
export async function dropCheckpoint(key: Key, domains: Domains): Promise<void> {
  const { deps } = domains;
  const { checkpoint } = recall(deps.store, key);
  if (!checkpoint) return;
  const session = domains.get(key.name);
  const monitor = await session?.connect(3_000);
  for (const { path, alias } of checkpoint.images) {
    if (monitor)
      await monitor.execute(
        'blockdev-snapshot-delete-internal-sync',
        { device: nodeName(alias, '-format'), name },
        { timeout: limits.timeout },
      );
    else if (await isKept(path)) await snapshot('-d', path);
  }
  if (checkpoint.nvram !== undefined) await remove(checkpointCopy(checkpoint.nvram));
  await remember(deps.store, key, ({ checkpoint: _, ...memory }) => memory);
}

/** What the guest can write to and what can keep a state in itself. */
function imagesOf(
  { spec }: DomainDef,
  volumeImage: Domains['deps']['volumeImage'],
): readonly { readonly path: string; readonly alias: string }[] {
  return (spec.devices?.disks ?? []).flatMap((disk) => {
    const volume = disk.volume === undefined ? undefined : volumeImage(disk.volume);
    const path = volume?.path ?? disk.file;
    const format = volume?.format ?? disk.format;
    const written =
      !disk.readonly && !disk.transient && !disk.shareable && (disk.device ?? 'disk') === 'disk';
    return path !== undefined && format === 'qcow2' && written ? [{ path, alias: disk.alias ?? '' }] : [];
  });
}

/** The format is said, never guessed from what the guest wrote. */
function options(path: string): string {
  return `driver=qcow2,file.driver=file,file.filename=${path.replaceAll(',', ',,')}`;
}

async function snapshot(verb: '-a' | '-c' | '-d', path: string): Promise<void> {
  await run('qemu-img', ['snapshot', '--image-opts', verb, name, options(path)], limits);
}

async function isKept(path: string): Promise<boolean> {
  const { stdout } = await run('qemu-img', ['info', '--output=json', '--image-opts', options(path)], limits);
  const { snapshots = [] } = JSON.parse(stdout) as { snapshots?: readonly { readonly name: string }[] };
  return snapshots.some((one) => one.name === name);
}

export function checkpointCopy(nvram: string): string {
  return `${nvram}.checkpoint`;
}

async function copy(from: string, to: string): Promise<void> {
  await writeAtomic(to, await readBytes(from, 256 * 1024 * 1024), { mode: 0o600 });
}
