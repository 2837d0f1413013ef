import { WorkerPool } from '../host/workers.ts';
import type { KindTable } from '../kinds/contract.ts';
import type { DecodeOptions } from '../manifest/decode.ts';
import { Failure } from '../model/failure.ts';
import { readSpec, type SpecRead, type SpecRequest, wrong } from './read-spec.ts';

export interface DecoderOptions {
  readonly kinds: KindTable;
  readonly decode?: DecodeOptions;
  /** Entry of a decoding thread. Absent: everything is decoded here. */
  readonly worker?: URL;
}

/** So few files, so small, are decoded before a thread would have started. */
const inline = { files: 200, bytes: 64 * 1024 } as const;
const threads = { size: 2, timeout: 2_000, maxHeapMb: 256 } as const;

/** Reads and decodes files: few and small ones here, the rest in threads that are ended when they run away. */
export class Decoder {
  readonly #options: DecoderOptions;

  constructor(options: DecoderOptions) {
    this.#options = options;
  }

  /** In the order of the requests; undefined: the file changed meanwhile. */
  async decode(requests: readonly SpecRequest[]): Promise<(SpecRead | undefined)[]> {
    const { worker } = this.#options;
    const many = requests.length > inline.files;
    const far = (request: SpecRequest) => worker !== undefined && (many || request.size > inline.bytes);
    if (!worker || !requests.some(far)) return this.#here(requests);
    const data: DecodeOptions = this.#options.decode ?? {};
    const pool = new WorkerPool<SpecRequest, SpecRead | undefined>(worker, { ...threads, data });
    try {
      return await Promise.all(
        requests.map((request) => (far(request) ? this.#there(pool, request) : this.#one(request))),
      );
    } finally {
      await pool.close();
    }
  }

  async #here(requests: readonly SpecRequest[]): Promise<(SpecRead | undefined)[]> {
    const results: (SpecRead | undefined)[] = [];
    for (const request of requests) results.push(await this.#one(request));
    return results;
  }

  #one(request: SpecRequest): Promise<SpecRead | undefined> {
    return readSpec(request, this.#options.kinds, this.#options.decode);
  }

  async #there(
    pool: WorkerPool<SpecRequest, SpecRead | undefined>,
    request: SpecRequest,
  ): Promise<SpecRead | undefined> {
    try {
      return await pool.run(request);
    } catch (error) {
      const late = error instanceof Failure && error.code === 'timed-out';
      const message = late
        ? `reading it takes more than ${threads.timeout} ms`
        : `reading it failed: ${(error as Error).message}`;
      return wrong(request.shown, 'limit-exceeded', message, 'split it into smaller files');
    }
  }
}
