import { basename, dirname, join } from 'node:path';
import { ensureDir, linkNew, remove, stat } from '../../host/files.ts';
import { readImageHead } from '../../host/image-head.ts';
import { Failure } from '../../model/failure.ts';
import type { ResourceKey } from '../../model/resource.ts';
import type { LiveVolume, VolumeAction, VolumeDef } from '../../model/volume.ts';
import type { Store } from '../../state/store.ts';
import { failpoint } from '../../telemetry/failpoint.ts';
import type { Driver, ImageUsers } from '../contract.ts';
import { createImage, growImage, imageInfo } from './qemu-img.ts';

export interface StorageDriverDeps {
  readonly store: Store;
  /** Where volumes without a path live. */
  readonly volumeDirectory: string;
  readonly users: ImageUsers;
}

/** Volumes as image files. Never overwrites, never shrinks, and removes only what a spec's reclaimPolicy gave away. */
export function createStorageDriver({ store, volumeDirectory, users }: StorageDriverDeps): Driver<'Volume'> {
  const seen = new Map<string, { signature: string; live: LiveVolume }>();

  async function observe(key: ResourceKey<'Volume'>, signal: AbortSignal): Promise<LiveVolume | undefined> {
    const def = store.get(key)?.def;
    const path = def?.spec.path;
    if (!def || path === undefined) return undefined;
    const facts = await stat(path);
    const base = { name: key.name, path, defined: def };
    if (!facts) return { ...base, exists: false };
    // An image is read again only when its file changed: qemu-img costs a process each time.
    const signature = `${facts.dev}:${facts.ino}:${facts.size}:${def.spec.format}`;
    const cached = seen.get(key.name);
    if (cached?.signature === signature) return { ...cached.live, defined: def };
    const [found, sizeSeen] = await Promise.all([contents(path, def, signal), seenBy(path, signal)]);
    const capacity = Math.min(found.capacity ?? 0, sizeSeen ?? Number.POSITIVE_INFINITY);
    const live = { ...base, exists: true, ...found, ...(found.capacity === undefined ? {} : { capacity }) };
    if (!live.confusion) seen.set(key.name, { signature, live });
    return live;
  }

  /** Whoever does not answer is not waited for here: its own status says so. */
  function seenBy(path: string, signal: AbortSignal): Promise<number | undefined> {
    return users.sizeSeen(path, signal).catch((error: unknown) => {
      if (signal.aborted) throw error;
      return undefined;
    });
  }

  async function create(def: VolumeDef, signal: AbortSignal): Promise<void> {
    const { path, format = 'raw', capacity, backingFile } = def.spec;
    if (path === undefined) throw new Failure('internal', 'a volume without a path');
    if (await stat(path)) return adopt(path, def, signal);
    await ensureDir(dirname(path), 0o711);
    if (backingFile && !(await stat(backingFile.path))) {
      throw new Failure('image-missing', `backing file ${backingFile.path} does not exist`, {
        retry: { after: 30_000 },
      });
    }
    const temp = join(dirname(path), `.${basename(path)}.${process.pid}.new`);
    await remove(temp);
    try {
      await createImage(temp, { format, capacity, ...(backingFile ? { backingFile } : {}) }, signal);
      if (!(await linkNew(temp, path))) return adopt(path, def, signal);
    } catch (cause) {
      if (cause instanceof Failure) throw cause;
      throw new Failure('image-create-failed', `cannot make ${path}: ${(cause as Error).message}`, { cause });
    } finally {
      await remove(temp);
    }
  }

  async function perform(
    key: ResourceKey<'Volume'>,
    action: VolumeAction,
    signal: AbortSignal,
  ): Promise<void> {
    seen.delete(key.name);
    const path = 'def' in action ? action.def.spec.path : store.get(key)?.def.spec.path;
    switch (action.type) {
      case 'define':
      case 'undefine':
        return; // The record itself is the controller's.
      case 'create':
        return create(action.def, signal);
      case 'grow':
        if (path === undefined) return;
        await failpoint('volume.grow.begun');
        if (!(await users.grow(path, action.capacity, signal)))
          await growImage(path, action.def.spec.format ?? 'raw', action.capacity, signal);
        return failpoint('volume.grow.done');
      case 'delete':
        if (store.get(key)?.def.spec.reclaimPolicy !== 'Delete') {
          throw new Failure('refused', `${key.name} is kept: its reclaimPolicy is Retain`, {
            retry: 'never',
          });
        }
        if (path !== undefined) await remove(path);
    }
  }

  return {
    name: 'storage',
    kind: 'Volume',
    open: () => Promise.resolve(),
    list: () => Promise.resolve(store.keys('Volume')),
    observe,
    perform,
    capabilities: () => Promise.resolve({ defaultDirectory: volumeDirectory }),
    events: () => () => undefined,
    close: () => Promise.resolve(),
  };
}

/** A file that was there before us is taken only when it is what the spec says. */
async function adopt(path: string, def: VolumeDef, signal: AbortSignal): Promise<void> {
  const found = await contents(path, def, signal);
  if (found.confusion) throw new Failure('image-wrong-format', found.confusion, { retry: { after: 60_000 } });
}

async function contents(path: string, def: VolumeDef, signal: AbortSignal): Promise<Partial<LiveVolume>> {
  const format = def.spec.format ?? 'raw';
  try {
    const { wants } = await readImageHead(path, format);
    if (wants !== undefined && wants !== 'a backing file')
      return { confusion: `${path} has ${wants} that its spec does not name` };
    const info = await imageInfo(path, format, signal);
    if (info.backingFile && info.backingFile.path !== def.spec.backingFile?.path)
      return { confusion: `${path} reads from ${info.backingFile.path}, which its spec does not name` };
    return {
      format: info.format,
      capacity: info.capacity,
      allocation: info.allocation,
      ...(info.backingFile ? { backingFile: info.backingFile } : {}),
    };
  } catch (error) {
    if (error instanceof Failure && error.code === 'cancelled') throw error;
    return { confusion: `${path} cannot be read as ${format}: ${(error as Error).message}` };
  }
}
