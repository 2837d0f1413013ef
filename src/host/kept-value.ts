import { hash } from 'node:crypto';
import { dirname } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { ensureDir, readBytes, writeAtomic } from './files.ts';

const mostBytes = 512 * 1024 * 1024;

/**
 * Plain data kept over restarts, where working it out anew costs more. Only an advantage: a file that is missing, of
 * another maker or Node, cut off or changed holds nothing.
 */
export class KeptValue<T> {
  readonly #path: string;
  readonly #maker: string;

  /** `maker`: changes with every change of what the value means. */
  constructor(path: string, maker: string) {
    this.#path = path;
    this.#maker = `${maker} node ${process.version}`;
  }

  async load(): Promise<T | undefined> {
    try {
      const bytes = await readBytes(this.#path, mostBytes);
      const end = bytes.indexOf(10);
      const body = bytes.subarray(end + 1);
      if (bytes.toString('utf8', 0, end) !== this.#head(body)) return undefined;
      return deserialize(body) as T;
    } catch {
      return undefined;
    }
  }

  /** As it is at the call. What it holds several times is written once, and is one object again when it is read. */
  async save(value: T): Promise<void> {
    const body = serialize(value);
    await ensureDir(dirname(this.#path), 0o700);
    await writeAtomic(this.#path, Buffer.concat([Buffer.from(`${this.#head(body)}\n`), body]));
  }

  #head(body: Buffer): string {
    return `${this.#maker} ${hash('sha256', body)}`;
  }
}
