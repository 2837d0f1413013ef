import type { BackingStore, Disk, DiskFormat, StorageSource } from '../../../model/domain-devices.ts';
import type { Properties } from '../command-line/arguments.ts';
import type { CommandLineContext, ResolvedImage } from '../command-line/context.ts';
import type { DeviceBuild } from './contract.ts';
import { nodeName } from './node-name.ts';
import { formatDriver, storageNode } from './storage-node.ts';

/** One image of a chain. */
interface Layer {
  readonly source: StorageSource;
  readonly format: DiskFormat;
  readonly metadataCache?: number | undefined;
}

interface Chain {
  /** The guest's image first. */
  readonly layers: readonly Layer[];
  /** Below the last one is nothing; false: whatever its header says. */
  readonly isClosed: boolean;
}

/** What the spec names, as far down as it is known; undefined: an empty drive. */
function chainOf(disk: Disk, context: CommandLineContext): Chain | undefined {
  const top = resolve(disk, disk.format, context);
  if (top === undefined) return undefined;
  const layers: Layer[] = [{ ...top.layers[0], metadataCache: disk.metadataCache } as Layer];
  if (disk.transient === true) {
    const overlay = context.transientImage(disk.alias ?? '');
    if (overlay !== undefined) layers.unshift({ source: { file: overlay }, format: 'qcow2' });
  }
  layers.push(...top.layers.slice(1));
  let store: BackingStore | undefined = disk.backingStore;
  if (store === undefined) return { layers, isClosed: top.isClosed };
  for (; store !== undefined && store.terminal !== true; store = store.backingStore) {
    const below = resolve(store, store.format, context);
    if (below === undefined) break;
    layers.push(
      { ...below.layers[0], metadataCache: store.metadataCache } as Layer,
      ...below.layers.slice(1),
    );
    if (store.backingStore === undefined) return { layers, isClosed: below.isClosed };
  }
  return { layers, isClosed: true };
}

/** A volume brings its own chain; any other source is one image. */
function resolve(
  source: StorageSource,
  format: DiskFormat | undefined,
  context: CommandLineContext,
): Chain | undefined {
  const { file, block, dir, network, nvme, volume } = source;
  if (volume !== undefined) return volumeChain(source, format, context);
  if (
    file === undefined &&
    block === undefined &&
    dir === undefined &&
    network === undefined &&
    nvme === undefined
  )
    return undefined;
  // A directory is its own image.
  const layer: Layer = { source, format: dir === undefined ? (format ?? 'raw') : 'raw' };
  return { layers: [layer], isClosed: context.explicitChains };
}

function volumeChain(
  source: StorageSource,
  format: DiskFormat | undefined,
  context: CommandLineContext,
): Chain {
  const name = source.volume ?? '';
  const found = context.volume(name) ?? { path: name, format: format ?? 'raw', block: false };
  const layers: Layer[] = [];
  let image: ResolvedImage | null | undefined = found;
  for (; image; image = image.backing) {
    const place = image.block ? { block: image.path } : { file: image.path };
    const { encryption } = source;
    const own = layers.length === 0 && encryption !== undefined ? { ...place, encryption } : place;
    layers.push({ source: own, format: image.format });
  }
  return { layers, isClosed: image === null };
}

/** Block nodes from the bottom of the chain up, formats explicit; the name of the top one. */
export function buildDiskNodes(disk: Disk, build: DeviceBuild): string | undefined {
  const chain = chainOf(disk, build.context);
  if (chain === undefined) return undefined;
  const alias = disk.alias ?? '';
  let below: string | undefined;
  for (const [depth, layer] of [...chain.layers.entries()].reverse()) {
    const suffix = depth === 0 ? '' : `.${depth}`;
    const bytes = buildBytes(disk, layer, `${suffix}-storage`, build);
    const node = nodeName(alias, `${suffix}-format`);
    const { slice } = layer.source;
    const driver = formatDriver(layer.source, layer.format, node, build);
    const isRaw = driver['driver'] === 'raw';
    build.args.json('-blockdev', {
      'node-name': node,
      'read-only': depth > 0 || isReadonly(disk),
      discard: disk.discard,
      'detect-zeroes': depth === 0 ? detectZeroes(disk) : undefined,
      cache: hostCache(disk),
      ...driver,
      'cache-size': layer.metadataCache,
      'discard-no-unref': layer.format === 'qcow2' ? disk.discardNoUnref : undefined,
      ...(isRaw && slice !== undefined ? slice : {}),
      file: bytes,
      backing: canHaveBacking(layer.format) ? (below ?? (chain.isClosed ? null : undefined)) : undefined,
    });
    below = node;
  }
  if (below === undefined || !disk.copyOnRead) return below;
  const copying = nodeName(alias, '-cor');
  build.args.json('-blockdev', {
    driver: 'copy-on-read',
    'node-name': copying,
    file: below,
    discard: 'unmap',
  });
  return copying;
}

/** The node that an image's format is read from. */
function buildBytes(disk: Disk, { source, format }: Layer, suffix: string, build: DeviceBuild): string {
  const node = nodeName(disk.alias ?? '', suffix);
  const common = { 'auto-read-only': true, discard: 'unmap' };
  build.args.json('-blockdev', {
    ...storageNode(source, disk, node, build),
    'node-name': node,
    cache: hostCache(disk),
    ...common,
  });
  if (source.slice === undefined || (format === 'raw' && source.encryption === undefined)) return node;
  const part = nodeName(disk.alias ?? '', suffix.replace('-storage', '-slice'));
  build.args.json('-blockdev', { driver: 'raw', 'node-name': part, ...source.slice, file: node, ...common });
  return part;
}

function canHaveBacking(format: DiskFormat): boolean {
  return format === 'qcow2' || format === 'qcow' || format === 'qed' || format === 'vmdk';
}

/** Zeroes can become holes only where discard makes holes. */
function detectZeroes({ discard, detectZeroes: mode }: Disk): Disk['detectZeroes'] {
  return mode === 'unmap' && discard !== 'unmap' ? 'on' : mode;
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
