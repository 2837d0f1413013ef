import type { DomainSpec, HugepageSize } from '../../../model/domain.ts';
import type { NumaMode } from '../../../model/domain-tuning.ts';
import { parseNumberSet } from '../../../model/number-set.ts';
import type { Properties } from './arguments.ts';
import type { CommandLineContext } from './context.ts';

/** A piece of guest memory: all of it, a NUMA cell, or a memory device. */
export interface MemoryRegion {
  readonly id: string;
  /** Bytes. */
  readonly size: number;
  /** NUMA cell of the guest that it belongs to. */
  readonly cell?: number;
  /** Overrides what memoryBacking says. */
  readonly access?: 'shared' | 'private';
  readonly discard?: boolean;
  /** NUMA nodes of the host (`0-3`) and bytes per page, where the piece itself names them. */
  readonly hostNodes?: string;
  readonly pageSize?: number;
  /** The file that it is: an NVDIMM. */
  readonly path?: string;
  /** Taken at start whatever memoryBacking says. */
  readonly prealloc?: boolean;
}

export interface MemoryBackend {
  readonly object: Properties;
  /** Threads that touch the memory first, on the nodes that it comes from. */
  readonly threadContext?: Properties;
  /** Whether this piece asks for what only a backend of its own can be. */
  readonly special: boolean;
  /** Mount point of the huge pages that it is made of. */
  readonly hugepages?: string;
}

/** The size of an ordinary page: asking for it is asking for no huge pages. */
const ordinaryPage = 4096;
const policies: Readonly<Record<Exclude<NumaMode, 'restrictive'>, string>> = {
  strict: 'bind',
  preferred: 'preferred',
  interleave: 'interleave',
};

/** `-object memory-backend-…` of one piece of memory, as libvirt chooses it. */
export function memoryBackend(
  region: MemoryRegion,
  spec: DomainSpec,
  context: Pick<CommandLineContext, 'hugepages' | 'defaultHugepage'>,
): MemoryBackend {
  const backing = spec.memoryBacking ?? {};
  const { source } = backing;
  const hugepages = region.path === undefined ? pagesFor(region, backing.hugepages) : undefined;
  const access = region.access ?? backing.access;
  const discard = region.discard ?? backing.discard;
  const prealloc =
    region.prealloc || hugepages !== undefined || backing.allocation === 'immediate' || undefined;
  const { nodes, policy, own: ownNodes } = hostNodes(region, spec);
  const fromFile =
    region.path !== undefined || hugepages !== undefined || source === 'file' || access !== undefined;
  const share = access === undefined ? undefined : access === 'shared';
  const base = {
    id: region.id,
    size: region.size,
    share,
    prealloc,
    'prealloc-threads': backing.allocationThreads,
    'host-nodes': policy === undefined ? undefined : nodes,
    policy,
  };
  const contextId = `tc-${region.id}`;
  const threaded = prealloc === true && policy !== undefined;
  const object = {
    ...kindOfBackend(),
    ...base,
    'prealloc-context': threaded ? contextId : undefined,
  };
  return {
    object,
    ...(threaded
      ? { threadContext: { 'qom-type': 'thread-context', id: contextId, 'node-affinity': nodes } }
      : {}),
    special:
      region.path !== undefined ||
      hugepages?.own === true ||
      source === 'file' ||
      source === 'memfd' ||
      access !== undefined ||
      ownNodes,
    ...(hugepages === undefined ? {} : { hugepages: context.hugepages(pageSize(hugepages.size)) }),
  };

  function kindOfBackend(): Properties {
    if (source === 'memfd' && region.path === undefined) {
      const pages = hugepages === undefined ? {} : { hugetlb: true, hugetlbsize: pageSize(hugepages.size) };
      return { 'qom-type': 'memory-backend-memfd', ...pages };
    }
    if (!fromFile) return { 'qom-type': 'memory-backend-ram' };
    const directory = hugepages === undefined ? '/dev/shm' : context.hugepages(pageSize(hugepages.size));
    return {
      'qom-type': 'memory-backend-file',
      'mem-path': region.path ?? directory,
      'discard-data': discard ? true : undefined,
    };
  }

  function pageSize(size: number): number {
    return size === 0 ? context.defaultHugepage : size;
  }
}

interface ChosenPages {
  /** Bytes; 0: the host's default. */
  readonly size: number;
  /** Chosen for this piece, not for all. */
  readonly own: boolean;
}

/** Huge pages for this piece. */
function pagesFor(region: MemoryRegion, pages: readonly HugepageSize[] = noPages): ChosenPages | undefined {
  const chosen = choosePages(region, pages);
  return chosen?.size === ordinaryPage ? undefined : chosen;
}

const noPages: readonly HugepageSize[] = [{ size: ordinaryPage }];

function choosePages(
  { pageSize, cell = 0 }: MemoryRegion,
  pages: readonly HugepageSize[],
): ChosenPages | undefined {
  if (pageSize !== undefined) return { size: pageSize, own: true };
  if (pages.length === 0) return { size: 0, own: false };
  const own = pages.find(({ nodeset }) => parseNumberSet(nodeset ?? '')?.includes(cell));
  if (own !== undefined) return { size: own.size, own: true };
  const all = pages.find(({ nodeset }) => nodeset === undefined);
  return all && { size: all.size, own: false };
}

function hostNodes(
  region: MemoryRegion,
  { numatune }: DomainSpec,
): { readonly nodes: readonly number[]; readonly policy?: string; readonly own: boolean } {
  const own = numatune?.memnodes?.find(({ cellid }) => cellid === region.cell);
  const nodeset = region.hostNodes ?? own?.nodeset ?? numatune?.memory?.nodeset;
  const mode = own?.mode ?? (own === undefined ? numatune?.memory?.mode : undefined) ?? 'strict';
  // Restrictive leaves the choice to the cgroup.
  if (nodeset === undefined || mode === 'restrictive') return { nodes: [], own: false };
  const isOwn = region.hostNodes !== undefined || own !== undefined;
  return { nodes: parseNumberSet(nodeset) ?? [], policy: policies[mode], own: isOwn };
}
