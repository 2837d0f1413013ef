import { join } from 'node:path';
import type { KindTable } from '../../kinds/contract.ts';
import { type Declared, type DecodedFile, type DecodeOptions, fileLimits } from '../../manifest/decode.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { Failure } from '../../model/failure.ts';
import { DecodeCache } from '../decode-cache.ts';
import { Decoder } from '../decoder.ts';
import type { MergeFile } from '../merge.ts';
import type { Mirror } from './mirror.ts';

export interface SpecTreeOptions {
  readonly kinds: KindTable;
  readonly directory: string;
  readonly decode?: DecodeOptions;
  readonly worker?: URL;
  readonly release?: string;
}

interface Blob {
  readonly path: string;
  readonly id: string;
  readonly size: number;
}

interface KnownFile {
  readonly id: string;
  readonly decoded: DecodedFile;
  readonly lastGood?: readonly Declared[];
}

const specPath = /^([A-Za-z0-9][A-Za-z0-9._+-]*\/)*[A-Za-z0-9][A-Za-z0-9._+-]*\.(ya?ml|xml)$/;
const plainFile: ReadonlySet<string> = new Set(['100644', '100755']);
const limits = { files: 50_000, bytes: 512 * 1024 * 1024 } as const;
/** From so many files on, decoding again costs more than a cache. */
const cacheFrom = 200;

/** The spec files of one commit. Moving to another commit reads and decodes what differs, and nothing else. */
export class SpecTree {
  readonly #root: string;
  readonly #decoder: Decoder;
  readonly #cache: DecodeCache | undefined;
  readonly #files = new Map<string, KnownFile>();
  readonly #refused = new Map<string, Diagnostic>();
  #commit: string | undefined;
  /** How many files the last move decoded. */
  decoded = 0;

  constructor(root: string, options: SpecTreeOptions) {
    this.#root = root;
    this.#decoder = new Decoder(options);
    const { release, decode = {} } = options;
    if (release !== undefined)
      this.#cache = new DecodeCache(
        join(options.directory, 'decoded'),
        `${release} ${JSON.stringify([decode, root])}`,
      );
  }

  get size(): number {
    return this.#files.size;
  }

  /** Links and submodules where a spec could stand. */
  get refused(): readonly Diagnostic[] {
    return [...this.#refused.values()];
  }

  files(): MergeFile[] {
    const sorted = [...this.#files].sort(([a], [b]) => (a < b ? -1 : 1));
    return sorted.map(([path, { decoded, lastGood }]) => ({
      path,
      decoded,
      ...(lastGood ? { lastGood } : {}),
    }));
  }

  async move(mirror: Mirror, commit: string): Promise<void> {
    if (commit === this.#commit) return;
    const from = this.#commit;
    const due: Blob[] = [];
    const gone: string[] = [];
    const refused = new Map(from === undefined ? [] : this.#refused);
    const see = (path: string, mode: string, blob: Blob) => {
      refused.delete(path);
      if (mode === '000000') gone.push(path);
      else if (plainFile.has(mode)) {
        if (specPath.test(path)) due.push(blob);
      } else {
        gone.push(path);
        if (mode === '160000' || specPath.test(path)) refused.set(path, this.#refusal(path, mode));
      }
    };
    if (from === undefined)
      for (const entry of await mirror.tree(commit, this.#root)) see(entry.path, entry.mode, entry);
    else {
      const changes = await mirror.changes(from, commit, this.#root);
      const wanted = changes.filter(({ mode, path }) => plainFile.has(mode) && specPath.test(path));
      const sizes = wanted.length === 0 ? new Map() : await mirror.sizes(wanted.map(({ id }) => id));
      for (const { path, mode, id } of changes) see(path, mode, { path, id, size: sizes.get(id) ?? 0 });
    }
    if (this.#files.size + due.length > limits.files)
      throw new Failure('git-failed', `more than ${limits.files} spec files`, { retry: 'never' });
    if (due.reduce((sum, { size }) => sum + size, 0) > limits.bytes)
      throw new Failure('git-failed', `spec files of more than ${limits.bytes} bytes`, { retry: 'never' });
    const fresh = await this.#decode(mirror, due);
    // All of it or nothing: until here nothing was changed.
    for (const path of gone) this.#files.delete(path);
    for (const [path, file] of fresh) this.#files.set(path, file);
    this.#refused.clear();
    for (const [path, diagnostic] of refused) this.#refused.set(path, diagnostic);
    this.#commit = commit;
  }

  async #decode(mirror: Mirror, due: readonly Blob[]): Promise<Map<string, KnownFile>> {
    const known =
      this.#commit === undefined && due.length > cacheFrom ? await this.#cache?.load() : undefined;
    const found = new Map<string, KnownFile>();
    const fresh: Blob[] = [];
    for (const blob of due) {
      const row = known?.get(blob.path);
      if (row?.signature === blob.id) found.set(blob.path, this.#file(blob, row.decoded));
      else fresh.push(blob);
    }
    const readable = fresh.filter(isReadable);
    const contents = await mirror.blobs(readable);
    const reads = await this.#decoder.decode(
      fresh.map(({ path, id, size }) => ({
        path,
        shown: this.#root === '' ? path : `${this.#root}/${path}`,
        size,
        signature: id,
        bytes: contents.get(id) ?? new Uint8Array(),
      })),
    );
    for (const [at, blob] of fresh.entries()) {
      const read = reads[at];
      if (isReadable(blob) && !contents.has(blob.id))
        throw new Failure('git-failed', `${blob.path}: the mirror lacks ${blob.id}`);
      if (read) found.set(blob.path, this.#file(blob, read.decoded));
    }
    this.decoded = fresh.length;
    if (fresh.length > cacheFrom)
      await this.#cache?.save(
        [...found].map(([path, { id, decoded }]) => [path, { signature: id, decoded }]),
      );
    return found;
  }

  #file({ path, id }: Blob, decoded: DecodedFile): KnownFile {
    const good = !decoded.diagnostics.some(({ severity }) => severity === 'error');
    const lastGood = good ? decoded.declared : this.#files.get(path)?.lastGood;
    return { id, decoded, ...(lastGood ? { lastGood } : {}) };
  }

  #refusal(path: string, mode: string): Diagnostic {
    const shown = this.#root === '' ? path : `${this.#root}/${path}`;
    return {
      severity: 'error',
      code: 'file-unreadable',
      file: shown,
      line: 1,
      column: 1,
      message:
        mode === '160000'
          ? `${shown} is a submodule, which is never followed`
          : `${shown} is a link, which is never followed`,
      suggestion: 'put the file itself there',
    };
  }
}

function isReadable({ size }: Blob): boolean {
  return size <= fileLimits.bytes;
}
