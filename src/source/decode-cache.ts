import { KeptValue } from '../host/kept-value.ts';
import type { DecodedFile } from '../manifest/decoded-file.ts';

interface Row {
  readonly signature: string;
  readonly decoded: DecodedFile;
}

/** What files decoded to, kept over restarts: by path and signature of the file and by the release that decoded it. */
export class DecodeCache {
  readonly #kept: KeptValue<ReadonlyMap<string, Row>>;

  /** `release`: changes with every change of what decoding gives. */
  constructor(path: string, release: string) {
    this.#kept = new KeptValue(path, release);
  }

  async load(): Promise<ReadonlyMap<string, Row>> {
    return (await this.#kept.load()) ?? new Map();
  }

  save(rows: Iterable<readonly [string, Row]>): Promise<void> {
    return this.#kept.save(new Map(rows));
  }
}
