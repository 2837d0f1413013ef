import type { Cputune } from '../../../model/domain-tuning.ts';
import { parseNumberSet } from '../../../model/number-set.ts';

/** libvirt keeps schedulers by thread, and lists them so. */
export function shownCputune(cputune: Cputune): Cputune {
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
