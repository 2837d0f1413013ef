import { wholeMebibytes } from '../../../kinds/domain/initial-memory.ts';
import { type NumberedCell, saidBetween } from '../../../kinds/domain/said-between.ts';
import type { DomainSpec } from '../../../model/domain.ts';
import type { GuestNuma, NumaCell } from '../../../model/domain-numa.ts';
import { numberRanges, parseNumberSet } from '../../../model/number-set.ts';
import { type Arguments, words } from './arguments.ts';
import type { CommandLineContext } from './context.ts';
import { memoryBackend } from './memory-backend.ts';

/** NUMA cells of the guest: vCPUs, memory, distances and speed. */
export function buildNuma(spec: DomainSpec, context: CommandLineContext, args: Arguments): void {
  const { numa } = spec.cpu ?? {};
  if (numa === undefined) return;
  const cells = numberedCells(numa);
  const backends = cells.map((cell) =>
    memoryBackend(
      {
        id: `ram-node${cell.id}`,
        size: wholeMebibytes(cell.memory),
        cell: cell.id,
        ...(cell.memAccess === undefined ? {} : { access: cell.memAccess }),
        ...(cell.discard === undefined ? {} : { discard: cell.discard }),
      },
      spec,
      context,
    ),
  );
  const needsBackends =
    !takesPlainSizes(spec.os?.machine ?? '') || hasHmat(numa) || backends.some(({ special }) => special);
  const pages = backends.find(({ hugepages }) => hugepages !== undefined)?.hugepages;
  if (!needsBackends && pages !== undefined) {
    args.add('-mem-prealloc');
    args.add('-mem-path', pages);
  }
  cells.forEach((cell, at) => {
    const backend = backends[at];
    if (needsBackends && backend !== undefined) {
      if (backend.threadContext !== undefined) args.json('-object', backend.threadContext);
      args.json('-object', backend.object);
    }
    const memory = needsBackends
      ? `memdev=ram-node${cell.id}`
      : `mem=${wholeMebibytes(cell.memory) / (1024 * 1024)}`;
    const initiator = hasHmat(numa) ? [`initiator=${initiatorOf(cell, numa)}`] : [];
    args.add('-numa', ['node', `nodeid=${cell.id}`, ...cpuWords(cell), ...initiator, memory].join(','));
  });
  buildDistances(cells, args);
  buildHmat(numa, cells, args);
}

/** Whether a cell says how fast its memory is: then QEMU makes an HMAT. */
export function hasHmat(numa: GuestNuma | undefined): boolean {
  return (
    numa !== undefined &&
    (Object.values(numa.interconnects ?? {}).some((speeds) => speeds.length > 0) ||
      numa.cells.some(({ caches }) => caches !== undefined))
  );
}

function numberedCells({ cells }: GuestNuma): readonly NumberedCell[] {
  return cells.map((cell, at) => ({ ...cell, id: cell.id ?? at })).sort((a, b) => a.id - b.id);
}

/** Machines up to 5.0 know sizes without backends, and saved states of them hold no others. */
function takesPlainSizes(machine: string): boolean {
  const [, major, minor] = /^pc-(?:i440fx|q35)-(\d+)\.(\d+)/.exec(machine) ?? [];
  return major !== undefined && (Number(major) < 5 || (major === '5' && minor === '0'));
}

function cpuWords({ cpus }: NumaCell): readonly string[] {
  return numberRanges(parseNumberSet(cpus ?? '') ?? []).map(([from, to]) =>
    from === to ? `cpus=${from}` : `cpus=${from}-${to}`,
  );
}

/** The cell whose CPUs are nearest to its memory: itself, or the one that reaches it best. */
function initiatorOf(cell: NumberedCell, { interconnects, cells }: GuestNuma): number {
  if (cell.cpus !== undefined) return cell.id;
  const { latencies = [], bandwidths = [] } = interconnects ?? {};
  let best: { readonly initiator: number; readonly value: number } | undefined;
  for (const { initiator, target, cache = 0, value } of latencies)
    if (target === cell.id && cache === 0 && (best === undefined || value < best.value))
      best = { initiator, value };
  if (best !== undefined) return best.initiator;
  for (const { initiator, target, cache = 0, value } of bandwidths)
    if (target === cell.id && cache === 0 && (best === undefined || value > best.value))
      best = { initiator, value };
  return best?.initiator ?? cells.findIndex(({ cpus }) => cpus !== undefined);
}

/** All distances or none: where every cell that says some says 10 and 20 of all, QEMU knows them by itself. */
function buildDistances(cells: readonly NumberedCell[], args: Arguments): void {
  const isPlain = (from: NumberedCell, to: NumberedCell): boolean =>
    from.id === to.id || saidBetween(from, to) === 20;
  const speaking = cells.filter((from) => cells.some((to) => saidBetween(from, to) !== undefined));
  if (speaking.every((from) => cells.every((to) => isPlain(from, to)))) return;
  for (const from of cells)
    for (const to of cells) {
      const val = saidBetween(from, to) ?? (from.id === to.id ? 10 : 20);
      args.add('-numa', words('dist', { src: from.id, dst: to.id, val }));
    }
}

const hierarchies = ['memory', 'first-level', 'second-level', 'third-level'] as const;
const policies = { none: 'none', writeback: 'write-back', writethrough: 'write-through' } as const;
const associativities = { none: 'none', direct: 'direct', full: 'complex' } as const;

function buildHmat({ interconnects }: GuestNuma, cells: readonly NumberedCell[], args: Arguments): void {
  for (const kind of ['latencies', 'bandwidths'] as const) {
    const word = kind === 'latencies' ? 'latency' : 'bandwidth';
    for (const { initiator, target, cache = 0, type, value } of interconnects?.[kind] ?? [])
      args.add(
        '-numa',
        words('hmat-lb', {
          initiator,
          target,
          hierarchy: hierarchies[cache],
          'data-type': `${type}-${word}`,
          [word]: kind === 'latencies' ? value : kibibytes(value),
        }),
      );
  }
  for (const { id, caches = [] } of cells)
    for (const { level, associativity, policy, size, line } of caches)
      args.add(
        '-numa',
        words('hmat-cache', {
          'node-id': id,
          size: kibibytes(size),
          level,
          associativity: associativities[associativity],
          policy: policies[policy],
          line,
        }),
      );
}

/** libvirt's own rounding: whole KiB, upwards. */
function kibibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024)}K`;
}
