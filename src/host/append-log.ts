import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../model/failure.ts';
import { ensureDirSync, writeAtomic, writeForThisBoot } from './files.ts';
import { grouped } from './grouped.ts';

const pieceBytes = 1024 * 1024;

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

  /** Each line whole, but for the last one of a writer that was killed; never more than one piece of the file in memory. */
  *lines(): Iterable<string> {
    const file = openIfThere(this.path);
    if (file === undefined) return;
    try {
      const piece = Buffer.alloc(pieceBytes);
      const begun: Buffer[] = [];
      for (let length = readSync(file, piece); length > 0; length = readSync(file, piece)) {
        let from = 0;
        for (let end = piece.indexOf(10); end >= 0 && end < length; end = piece.indexOf(10, from)) {
          const rest = piece.subarray(from, end);
          const line = begun.length > 0 ? Buffer.concat([...begun.splice(0), rest]) : rest;
          if (line.length > 0) yield line.toString('utf8');
          from = end + 1;
        }
        if (from < length) begun.push(Buffer.from(piece.subarray(from, length)));
      }
      if (begun.length > 0) yield Buffer.concat(begun).toString('utf8');
    } finally {
      closeSync(file);
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

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
