import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { ensureDir, readBytes, writeAtomic } from '../host/files.ts';
import type { DecodedFile } from '../manifest/decode.ts';

interface Row {
  readonly signature: string;
  readonly decoded: DecodedFile;
}

/**
 * What files decoded to, kept over restarts: by path and signature of the file and by the release that decoded it. Only
 * an advantage: a cache that is missing, old, cut off or changed is no cache.
 */
export class DecodeCache {
  readonly #path: string;
  readonly #release: string;

  /** `release`: changes with every change of what decoding gives. */
  constructor(path: string, release: string) {
    this.#path = path;
    this.#release = `${release} node ${process.version}`;
  }

  async load(): Promise<ReadonlyMap<string, Row>> {
    try {
      const bytes = await readBytes(this.#path, 512 * 1024 * 1024);
      const end = bytes.indexOf(10);
      const body = bytes.subarray(end + 1);
      if (bytes.toString('utf8', 0, end) !== this.#head(body)) return new Map();
      return deserialize(body) as ReadonlyMap<string, Row>;
    } catch {
      return new Map();
    }
  }

  async save(rows: Iterable<readonly [string, Row]>): Promise<void> {
    // What rows have in common is written once, and is one object again when it is read.
    const body = serialize(new Map(rows));
    await ensureDir(dirname(this.#path), 0o700);
    await writeAtomic(this.#path, Buffer.concat([Buffer.from(`${this.#head(body)}\n`), body]));
  }

  #head(body: Buffer): string {
    return `${this.#release} ${createHash('sha256').update(body).digest('hex')}`;
  }
}
