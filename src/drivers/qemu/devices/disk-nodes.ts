import type { BackingStore, Disk } from '../../../model/domain-devices.ts';
import type { Properties } from '../command-line/arguments.ts';
import type { CommandLineContext, ResolvedImage } from '../command-line/context.ts';
import type { DeviceBuild } from './contract.ts';
import { nodeName } from './node-name.ts';

/** What the spec names, with the chain as far as it is known; undefined: an empty drive. */
export function diskImage(disk: Disk, context: CommandLineContext): ResolvedImage | undefined {
  const format = disk.format ?? 'raw';
  if (disk.volume !== undefined)
    return context.volume(disk.volume) ?? { path: disk.volume, format, block: false };
  const path = disk.file ?? disk.block;
  if (path === undefined) return undefined;
  const backing = disk.backingStore ? chain(disk.backingStore) : context.explicitChains ? null : undefined;
  return { path, format, block: disk.block !== undefined, ...(backing === undefined ? {} : { backing }) };
}

function chain(store: BackingStore): ResolvedImage | null {
  const path = store.file ?? store.block;
  if (store.terminal || path === undefined) return null;
  const backing = store.backingStore ? chain(store.backingStore) : null;
  return { path, format: store.format ?? 'raw', block: store.block !== undefined, backing };
}

/** Block nodes from the bottom of the chain up, formats explicit; the name of the top one. */
export function buildDiskNodes(disk: Disk, { args, context }: DeviceBuild): string | undefined {
  const layers: ResolvedImage[] = [];
  for (let image: ResolvedImage | null | undefined = diskImage(disk, context); image; image = image.backing)
    layers.push(image);
  const alias = disk.alias ?? '';
  let below: string | undefined;
  for (const [depth, image] of [...layers.entries()].reverse()) {
    const layer = depth === 0 ? '' : `.${depth}`;
    const storage = nodeName(alias, `${layer}-storage`);
    args.json('-blockdev', storageNode(disk, image, storage));
    const format = nodeName(alias, `${layer}-format`);
    args.json('-blockdev', {
      'node-name': format,
      ...(depth === 0 ? topProperties(disk) : { 'read-only': true }),
      cache: hostCache(disk),
      driver: image.format,
      file: storage,
      backing: image.format === 'raw' ? undefined : (below ?? (image.backing === null ? null : undefined)),
    });
    below = format;
  }
  if (below === undefined || !disk.copyOnRead) return below;
  const copying = nodeName(alias, '-cor');
  args.json('-blockdev', { driver: 'copy-on-read', 'node-name': copying, file: below, discard: 'unmap' });
  return copying;
}

function storageNode(disk: Disk, image: ResolvedImage, name: string): Properties {
  return {
    driver: image.block ? 'host_device' : 'file',
    filename: image.path,
    aio: disk.io,
    'node-name': name,
    cache: hostCache(disk),
    'auto-read-only': true,
    discard: 'unmap',
  };
}

function topProperties(disk: Disk): Properties {
  const { discard, detectZeroes } = disk;
  return {
    'read-only': isReadonly(disk),
    discard,
    // Zeroes can become holes only where discard makes holes.
    'detect-zeroes': detectZeroes === 'unmap' && discard !== 'unmap' ? 'on' : detectZeroes,
  };
}

function isReadonly(disk: Disk): boolean {
  return disk.readonly === true || disk.device === 'cdrom';
}

/** Machines that write one disk together must not keep parts of it in the host's cache. */
export function cacheMode(disk: Disk): NonNullable<Disk['cache']> {
  const { cache = 'default', shareable = false } = disk;
  return cache === 'default' && shareable && !isReadonly(disk) ? 'none' : cache;
}

function hostCache(disk: Disk): Properties | undefined {
  const mode = cacheMode(disk);
  if (mode === 'default') return undefined;
  return { direct: mode === 'none' || mode === 'directsync', 'no-flush': mode === 'unsafe' };
}
