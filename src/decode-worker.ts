import { serveTasks } from './host/workers.ts';
import { kinds } from './kinds/table.ts';
import type { DecodeOptions } from './manifest/decode.ts';
import { readSpec, type SpecRequest } from './source/read-spec.ts';

/** This file, for a pool of threads that decode. undefined: not built, a thread could not load it. */
export const decodeWorker = import.meta.url.endsWith('.js') ? new URL(import.meta.url) : undefined;

if (decodeWorker)
  serveTasks((request: SpecRequest, options: DecodeOptions) => readSpec(request, kinds, options));
