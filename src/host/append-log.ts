import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../model/failure.ts';
import { ensureDirSync, writeAtomic, writeForThisBoot } from './files.ts';
import { grouped } from './grouped.ts';
import type { Digest } from './state-file.ts';

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

  /**
   * Each line from this byte on, whole but for the last one of a writer that was killed; never more than one piece of the
   * file in memory.
   */
  *lines(start = 0): Iterable<string> {
    const begun: Buffer[] = [];
    for (const piece of piecesOf(this.path, start)) {
      let from = 0;
      for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, from)) {
        const rest = piece.subarray(from, end);
        const line = begun.length > 0 ? Buffer.concat([...begun.splice(0), rest]) : rest;
        if (line.length > 0) yield line.toString('utf8');
        from = end + 1;
      }
      if (from < piece.length) begun.push(Buffer.from(piece.subarray(from)));
    }
    if (begun.length > 0) yield Buffer.concat(begun).toString('utf8');
  }

  /** What stands in it now, or in its first so many bytes; undefined: it has fewer. */
  digest(bytes?: number): Digest | undefined {
    const hash = createHash('sha256');
    let left = bytes ?? Number.POSITIVE_INFINITY;
    let read = 0;
    for (const piece of piecesOf(this.path, 0)) {
      const part = piece.subarray(0, left);
      hash.update(part);
      read += part.length;
      left -= part.length;
      if (left === 0) break;
    }
    return bytes === undefined || read === bytes ? { bytes: read, sha256: hash.digest('hex') } : undefined;
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

/** The content from this byte on; a piece is good until the next one is asked for. */
function* piecesOf(path: string, start: number): Iterable<Buffer> {
  const file = openIfThere(path);
  if (file === undefined) return;
  try {
    const piece = Buffer.alloc(pieceBytes);
    let at = start;
    for (let length = readSync(file, piece, 0, pieceBytes, at); length > 0; ) {
      yield piece.subarray(0, length);
      at += length;
      length = readSync(file, piece, 0, pieceBytes, at);
    }
  } finally {
    closeSync(file);
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
