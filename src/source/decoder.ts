import { WorkerPool } from '../host/workers.ts';
import type { KindTable } from '../kinds/contract.ts';
import type { DecodeOptions } from '../manifest/decoded-file.ts';
import { Failure } from '../model/failure.ts';
import { Parts } from '../model/parts.ts';
import { readSpec, type SpecRead, type SpecRequest, wrong } from './read-spec.ts';

export interface DecoderOptions {
  readonly kinds: KindTable;
  readonly decode?: DecodeOptions;
  /** Entry of a decoding thread. Absent: everything is decoded here. */
  readonly worker?: URL;
}

type Reads = readonly (SpecRead | undefined)[];
type Pool = WorkerPool<readonly SpecRequest[], Reads>;

/** So few files, so small, are decoded before a thread would have started. */
const inline = { files: 200, bytes: 64 * 1024 } as const;
/** Of wall time, on a machine that may be busy: long enough for a batch of good files to come through. */
const threads = { size: 2, timeout: 10_000, maxHeapMb: 256 } as const;
const batchSize = 32;

/** Reads and decodes files: few and small ones here, the rest in threads that are ended when they run away. */
export class Decoder {
  readonly #options: DecoderOptions;
  /** What files have in common is in memory once. */
  readonly #parts = new Parts();

  constructor(options: DecoderOptions) {
    this.#options = options;
  }

  /** In the order of the requests; undefined: the file changed meanwhile. */
  async decode(requests: readonly SpecRequest[]): Promise<Reads> {
    const { worker, kinds, decode = {} } = this.#options;
    const small = requests.length <= inline.files && requests.every(({ size }) => size <= inline.bytes);
    if (!worker || small) {
      const reads: (SpecRead | undefined)[] = [];
      for (const request of requests) reads.push(this.#parts.share(await readSpec(request, kinds, decode)));
      return reads;
    }
    const pool: Pool = new WorkerPool(worker, { ...threads, data: decode });
    try {
      const decoding = batches(requests).map(async (batch) =>
        (await decodeBatch(pool, batch)).map((read) => this.#parts.share(read)),
      );
      return (await Promise.all(decoding)).flat();
    } finally {
      await pool.close();
    }
  }
}

/** When a batch runs away, each of its files is tried alone: only the one at fault is refused. */
async function decodeBatch(pool: Pool, batch: readonly SpecRequest[]): Promise<Reads> {
  try {
    return await pool.run(batch);
  } catch (error) {
    const [only] = batch;
    if (batch.length > 1 || !only)
      return (await Promise.all(batch.map((request) => decodeBatch(pool, [request])))).flat();
    const late = error instanceof Failure && error.code === 'timed-out';
    const message = late
      ? `decoding takes more than ${threads.timeout} ms`
      : `decoding failed: ${(error as Error).message}`;
    return [wrong(only.shown, 'limit-exceeded', message, 'split it into smaller files')];
  }
}

function batches(requests: readonly SpecRequest[]): SpecRequest[][] {
  const found: SpecRequest[][] = [];
  for (let at = 0; at < requests.length; at += batchSize) found.push(requests.slice(at, at + batchSize));
  return found;
}
