import { dirname } from 'node:path';
import { exists, readBytes, remove, writeAtomic } from '../../host/files.ts';
import { run } from '../../host/processes.ts';
import { freeBytes } from '../../host/state-file.ts';
import { isWritten } from '../../kinds/domain/is-written.ts';
import type { DomainDef } from '../../model/domain.ts';
import { Failure, toFailure } from '../../model/failure.ts';
import type { ResourceKey } from '../../model/resource.ts';
import { failpoint } from '../../telemetry/failpoint.ts';
import { nodeName } from './devices/node-name.ts';
import type { Domains } from './domains.ts';
import { lockedImage } from './locked-image.ts';
import { type Checkpoint, recall, remember } from './memory.ts';
import { nvramPath } from './nvram.ts';

type Key = ResourceKey<'Domain'>;
type Deps = Domains['deps'];

const name = 'qonverge-checkpoint';
const limits = { timeout: 60_000 };
/** For tables of clusters; what they point to stays where it is. */
const room = 4 * 1024 * 1024;

/** A full disk is seen while its guest still runs. */
export async function checkRoom(def: DomainDef, { volumeImage }: Pick<Deps, 'volumeImage'>): Promise<void> {
  for (const { path } of imagesOf(def, volumeImage)) {
    const free = await freeBytes(dirname(path));
    if (free >= room) continue;
    throw new Failure(
      'state-write-failed',
      `no room for a checkpoint of ${path}: ${free} bytes are free there`,
      {
        suggestion: 'make room there; it runs on as it is',
      },
    );
  }
}

/** Keeps what its disks and its firmware hold, while it is down. */
export async function takeCheckpoint(key: Key, def: DomainDef, domains: Domains): Promise<void> {
  const { deps } = domains;
  if (domains.get(key.name)) return;
  const images = imagesOf(def, deps.volumeImage);
  const nvram = nvramPath(def, deps);
  const firmware = nvram !== undefined && (await exists(nvram)) ? { nvram } : {};
  for (const disk of def.spec.devices?.disks ?? [])
    if (isWritten(disk) && images.every(({ alias }) => alias !== disk.alias)) {
      const message = `disk ${disk.name ?? disk.dev ?? disk.alias} keeps no checkpoint, as it is not qcow2: what is written to it stays written`;
      domains.warn(key, 'CheckpointPartial', message);
    }
  if (def.spec.os?.nvram?.network !== undefined)
    domains.warn(
      key,
      'CheckpointPartial',
      'variables of the firmware keep no checkpoint, as they are on a server: what is written there stays written',
    );
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
  volumeImage: Deps['volumeImage'],
): readonly { readonly path: string; readonly alias: string }[] {
  return (spec.devices?.disks ?? []).flatMap((disk) => {
    const volume = disk.volume === undefined ? undefined : volumeImage(disk.volume);
    const path = volume?.path ?? disk.file;
    const format = volume?.format ?? disk.format;
    return path !== undefined && format === 'qcow2' && isWritten(disk) && !disk.shareable
      ? [{ path, alias: disk.alias ?? '' }]
      : [];
  });
}

/** The format is said, never guessed from what the guest wrote. */
function options(path: string): string {
  return `driver=qcow2,file.driver=file,file.filename=${path.replaceAll(',', ',,')}`;
}

async function snapshot(verb: '-a' | '-c' | '-d', path: string): Promise<void> {
  try {
    await run('qemu-img', ['snapshot', '--image-opts', verb, name, options(path)], limits);
  } catch (error) {
    const { message } = toFailure(error);
    throw lockedImage(message) ?? error;
  }
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
