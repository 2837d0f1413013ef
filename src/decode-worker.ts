import { serveTasks } from './host/workers.ts';
import { kinds } from './kinds/table.ts';
import type { DecodeOptions } from './manifest/decoded-file.ts';
import { blockingReading, readSpec, type SpecRead, type SpecRequest } from './source/read-spec.ts';

/** This file, for a pool of threads that decode. undefined: not built, a thread could not load it. */
export const decodeWorker = import.meta.url.endsWith('.js') ? new URL(import.meta.url) : undefined;

if (decodeWorker) {
  serveTasks(async (batch: readonly SpecRequest[], options: DecodeOptions) => {
    const reads: (SpecRead | undefined)[] = [];
    for (const request of batch) reads.push(await readSpec(request, kinds, options, blockingReading));
    return reads;
  });
}
