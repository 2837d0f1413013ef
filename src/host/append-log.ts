import { closeSync, fstatSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../model/failure.ts';
import { ensureDirSync, writeAtomic, writeForThisBoot } from './files.ts';
import { grouped } from './grouped.ts';

/** A file that grows line by line. What was appended outlives this process at once, and the host after `sync`. */
export class AppendLog {
  readonly path: string;
  /** On disk is what was appended before the call. Callers share one fsync. */
  readonly sync: () => Promise<void>;
  #file: number | undefined;
  #size = 0;

  constructor(path: string) {
    this.path = path;
    this.sync = grouped(() => this.#sync());
  }

  /** Bytes, from the first line on that was appended here. */
  get size(): number {
    return this.#size;
  }

  /** Each line whole, but for the last one of a writer that was killed. */
  lines(): string[] {
    try {
      return readFileSync(this.path, 'utf8').split('\n').filter(Boolean);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  append(lines: readonly string[]): void {
    try {
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
      const file = this.#open();
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      this.#size += bytes.length;
    } catch (cause) {
      throw new Failure('state-write-failed', `cannot write ${this.path}: ${(cause as Error).message}`, {
        cause,
      });
    }
  }

  /** These lines instead of those that are there: old or new, never a mix. */
  async replace(lines: readonly string[]): Promise<void> {
    ensureDirSync(dirname(this.path), 0o700);
    await writeAtomic(this.path, lines.map((line) => `${line}\n`).join(''));
    this.close();
  }

  /** As `replace`, without the disk's word for it. */
  rewrite(lines: readonly string[]): void {
    writeForThisBoot(this.path, lines.map((line) => `${line}\n`).join(''));
    this.close();
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** A line that was cut off is ended, so that it spoils no other. */
  #open(): number {
    if (this.#file !== undefined) return this.#file;
    ensureDirSync(dirname(this.path), 0o700);
    const file = openSync(this.path, 'a+', 0o600);
    this.#file = file;
    this.#size = fstatSync(file).size;
    const last = Buffer.alloc(1, '\n');
    if (this.#size > 0) readSync(file, last, 0, 1, this.#size - 1);
    if (last[0] !== 10) writeSync(file, '\n');
    return file;
  }

  async #sync(): Promise<void> {
    try {
      for (const path of [this.path, dirname(this.path)]) {
        const handle = await open(path, 'r');
        await handle.sync().finally(() => handle.close());
      }
    } catch (cause) {
      throw new Failure('state-write-failed', `cannot write ${this.path}: ${(cause as Error).message}`, {
        cause,
      });
    }
  }
}
