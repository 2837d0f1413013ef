import type { DomainSpec } from '../../../model/domain.ts';
import type { Blkiotune, Cputune } from '../../../model/domain-tuning.ts';
import { parseNumberSet } from '../../../model/number-set.ts';

type Tuning = Pick<DomainSpec, 'blkiotune' | 'cputune' | 'numatune' | 'vcpus'>;

/** Tuning with what libvirt writes although nobody said it, and without what says nothing. */
export function shownTuning<T extends Tuning>(spec: T): T {
  const { blkiotune, cputune } = spec;
  return {
    ...spec,
    ...(cputune === undefined ? {} : { cputune: shownCputune(cputune) }),
    ...(blkiotune === undefined ? {} : { blkiotune: shownBlkiotune(blkiotune) }),
    ...shownPlacement(spec),
  };
}

/** Weights and limits of 0 are none. */
function shownBlkiotune({ weight, devices = [] }: Blkiotune): Blkiotune {
  const limited = devices.flatMap((device) => {
    const said = Object.entries(device).filter(([, value]) => value !== 0);
    return said.length > 1 ? [Object.fromEntries(said) as unknown as typeof device] : [];
  });
  return {
    ...(weight === undefined || weight === 0 ? {} : { weight }),
    ...(limited.length === 0 ? {} : { devices: limited }),
  };
}

/** Who is placed by numad is so with its memory as well, unless nodes or processors are named. */
function shownPlacement({ numatune, vcpus }: Tuning): Pick<Tuning, 'numatune' | 'vcpus'> {
  const { memory } = numatune ?? {};
  if (memory === undefined) return {};
  const { mode = 'strict', nodeset } = memory;
  if (nodeset !== undefined) return { numatune: { ...numatune, memory: { ...memory, mode } } };
  return {
    numatune: { ...numatune, memory: { ...memory, mode, placement: 'auto' } },
    ...(vcpus === undefined || vcpus.cpuset !== undefined ? {} : { vcpus: { ...vcpus, placement: 'auto' } }),
  };
}

/** libvirt keeps schedulers by thread, and lists them so. */
function shownCputune(cputune: Cputune): Cputune {
  const { vcpuScheds, iothreadScheds } = cputune;
  return {
    ...cputune,
    ...(vcpuScheds === undefined
      ? {}
      : {
          vcpuScheds: byNumber(vcpuScheds, ({ vcpus }) => vcpus).map(([vcpus, one]) => ({ ...one, vcpus })),
        }),
    ...(iothreadScheds === undefined
      ? {}
      : {
          iothreadScheds: byNumber(iothreadScheds, ({ iothreads }) => iothreads).map(([iothreads, one]) => ({
            ...one,
            iothreads,
          })),
        }),
  };
}

function byNumber<T>(rows: readonly T[], threadsOf: (row: T) => string | undefined): [string, T][] {
  return rows
    .flatMap((row) => (parseNumberSet(threadsOf(row) ?? '') ?? []).map((id): [number, T] => [id, row]))
    .sort(([a], [b]) => a - b)
    .map(([id, row]) => [String(id), row]);
}
