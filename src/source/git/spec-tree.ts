import { join } from 'node:path';
import type { KindTable } from '../../kinds/contract.ts';
import { isWithin } from '../../manifest/compose/paths.ts';
import type { Values } from '../../manifest/compose/substitute.ts';
import { ruledBy } from '../../manifest/compose/units.ts';
import type { Declared } from '../../manifest/declared.ts';
import type { DecodedFile, DecodeOptions } from '../../manifest/decoded-file.ts';
import { fileLimits } from '../../manifest/file-limits.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { Failure } from '../../model/failure.ts';
import { Composer, type Lent, wantedBy } from '../composer.ts';
import { DecodeCache } from '../decode-cache.ts';
import { Decoder } from '../decoder.ts';
import type { FileChange, MergeFile } from '../merge.ts';
import { isSpecPath, misnamed } from '../spec-path.ts';
import type { TreeEntry } from './commit.ts';
import type { Mirror } from './mirror.ts';

export interface SpecTreeOptions {
  readonly kinds: KindTable;
  readonly directory: string;
  readonly decode?: DecodeOptions;
  /** What references stand for, whatever overlays say. */
  readonly values?: Values;
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
  readonly size: number;
  /** Decoded to wait for an overlay. */
  readonly keep: boolean;
  readonly decoded: DecodedFile;
  readonly lastGood?: readonly Declared[];
}

const plainName = /^[A-Za-z0-9_][A-Za-z0-9._+ -]*$/;
const plainFile: ReadonlySet<string> = new Set(['100644', '100755']);
const limits = { files: 50_000, bytes: 512 * 1024 * 1024 } as const;
/** From so many files on, decoding again costs more than a cache. */
const cacheFrom = 200;
/** Bases of bases are found one after the other. */
const maxRounds = 10;

/** The spec files of one commit. Moving to another commit reads and decodes what differs, and nothing else. */
export class SpecTree {
  readonly #root: string;
  readonly #decoder: Decoder;
  readonly #composer: Composer;
  readonly #cache: DecodeCache | undefined;
  /** By path in the repository. */
  #files = new Map<string, KnownFile>();
  /** Those that are others since it was last asked for. */
  readonly #changed = new Set<string>();
  #refused = new Map<string, Diagnostic>();
  /** Bases and values that lie elsewhere in the repository. */
  #lent: readonly Lent[] = [];
  #commit: string | undefined;
  /** How many files the last move decoded. */
  decoded = 0;

  constructor(root: string, options: SpecTreeOptions) {
    this.#root = root;
    this.#decoder = new Decoder(options);
    this.#composer = new Composer({ ...options, root: '' });
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

  /** What is another since the last time. */
  changes(): readonly FileChange[] {
    const changes = [...this.#changed].map((path): FileChange => [path, this.#mergeFile(path)]);
    this.#changed.clear();
    return this.#composer.update(
      changes,
      () => [...this.#files.keys()].flatMap((path) => this.#mergeFile(path) ?? []),
      (file) => ({ file, lent: !isWithin(file, this.#root) }),
    );
  }

  #mergeFile(path: string): MergeFile | undefined {
    const { decoded, lastGood } = this.#files.get(path) ?? {};
    return decoded && { path, decoded, ...(lastGood ? { lastGood } : {}) };
  }

  async move(mirror: Mirror, commit: string): Promise<void> {
    if (commit === this.#commit) return;
    // All of it or nothing: until the end nothing of ours is changed.
    let next = await this.#step(mirror, commit, this.#lent, this.#files);
    let { decoded } = next;
    for (let round = 0; round < maxRounds; round++) {
      const wanted = wantedBy(decodedOf(next.files), '', (path) => isWithin(path, this.#root));
      if (sameLent(wanted, next.lent)) break;
      next = await this.#step(mirror, commit, wanted, next.files, next.refused);
      decoded += next.decoded;
    }
    let kept = 0;
    for (const [path, file] of next.files) {
      const before = this.#files.get(path);
      if (before) kept++;
      if (before !== file) this.#changed.add(path);
    }
    if (kept < this.#files.size)
      for (const path of this.#files.keys()) if (!next.files.has(path)) this.#changed.add(path);
    this.#files = next.files;
    this.#refused = next.refused;
    this.#lent = next.lent;
    this.#commit = commit;
    this.decoded = decoded;
  }

  /** The files of a commit, with these of elsewhere. `seen`: what it refused, where the commit was listed already. */
  async #step(
    mirror: Mirror,
    commit: string,
    lent: readonly Lent[],
    before: ReadonlyMap<string, KnownFile>,
    seen?: ReadonlyMap<string, Diagnostic>,
  ): Promise<{
    readonly files: Map<string, KnownFile>;
    readonly refused: Map<string, Diagnostic>;
    readonly lent: readonly Lent[];
    readonly decoded: number;
  }> {
    const from = this.#commit;
    const files = new Map(before);
    const due = new Map<string, Blob>();
    const refused = new Map(seen ?? (from === undefined ? [] : this.#refused));
    const see = (path: string, mode: string, blob: Blob) => {
      refused.delete(path);
      const inside = isWithin(path, this.#root) ? below(this.#root, path) : path;
      const isSpec = isSpecPath(inside);
      const odd = misnamed(inside);
      if (mode === '000000') files.delete(path);
      else if (plainFile.has(mode)) {
        if (isSpec) due.set(path, blob);
        else if (odd !== undefined) refused.set(path, unreadable(path, odd, 'rename it'));
      } else {
        files.delete(path);
        if (mode === '160000' || isSpec) refused.set(path, refusal(path, mode));
      }
    };
    if (!seen && from === undefined)
      for (const entry of await mirror.tree(commit, this.#root)) {
        const path = above(this.#root, entry.path);
        see(path, entry.mode, { ...entry, path });
      }
    else if (!seen && from !== undefined) {
      const changes = await mirror.changes(from, commit, this.#root);
      const wanted = changes.filter(({ mode, path }) => plainFile.has(mode) && isSpecPath(path));
      const sizes = wanted.length === 0 ? new Map() : await mirror.sizes(wanted.map(({ id }) => id));
      for (const { path: inner, mode, id } of changes) {
        const path = above(this.#root, inner);
        see(path, mode, { path, id, size: sizes.get(id) ?? 0 });
      }
    }
    const elsewhere = new Map(
      (await this.#listLent(mirror, commit, lent)).map((entry) => [entry.path, entry]),
    );
    if (this.#lent.length + lent.length > 0)
      for (const path of files.keys())
        if (!isWithin(path, this.#root) && !elsewhere.has(path)) files.delete(path);
    for (const [path, entry] of elsewhere)
      if (files.get(path)?.id !== entry.id || !plainFile.has(entry.mode)) see(path, entry.mode, entry);
    const ruled = this.#composer.keepsAll ? () => true : ruledBy([...files.keys(), ...due.keys()]);
    for (const [path, { id, size, keep }] of files)
      if (!due.has(path) && keep !== ruled(path)) due.set(path, { path, id, size });
    const added = [...due.keys()].filter((path) => !files.has(path));
    if (files.size + added.length > limits.files)
      throw new Failure('git-failed', `more than ${limits.files} spec files`, { retry: 'never' });
    const blobs = [...due.values()];
    if (blobs.reduce((sum, { size }) => sum + size, 0) > limits.bytes)
      throw new Failure('git-failed', `spec files of more than ${limits.bytes} bytes`, { retry: 'never' });
    const { found, decoded } = await this.#decode(mirror, blobs, ruled);
    for (const [path, file] of found) files.set(path, file);
    return { files, refused, lent, decoded };
  }

  async #listLent(mirror: Mirror, commit: string, lent: readonly Lent[]): Promise<TreeEntry[]> {
    const found: TreeEntry[] = [];
    for (const { path, isFile } of lent) {
      if (!path.split('/').every((part) => plainName.test(part))) continue;
      for (const entry of await mirror.entries(commit, path, !isFile)) {
        // A base is a directory of its own: a file in its place is none.
        if (isFile || entry.path !== path) found.push(entry);
      }
    }
    return found;
  }

  async #decode(
    mirror: Mirror,
    due: readonly Blob[],
    ruled: (path: string) => boolean,
  ): Promise<{ readonly found: Map<string, KnownFile>; readonly decoded: number }> {
    const known =
      this.#commit === undefined && due.length > cacheFrom ? await this.#cache?.load() : undefined;
    const found = new Map<string, KnownFile>();
    const fresh: Blob[] = [];
    const signatureOf = ({ path, id }: Blob) => (ruled(path) ? `${id} kept` : id);
    for (const blob of due) {
      const row = known?.get(blob.path);
      if (row?.signature === signatureOf(blob)) found.set(blob.path, this.#file(blob, row.decoded, ruled));
      else fresh.push(blob);
    }
    const readable = fresh.filter(isReadable);
    const contents = await mirror.blobs(readable);
    const reads = await this.#decoder.decode(
      fresh.map(({ path, id, size }) => ({
        path,
        shown: path,
        size,
        signature: id,
        keep: ruled(path),
        bytes: contents.get(id) ?? new Uint8Array(),
      })),
    );
    for (const [at, blob] of fresh.entries()) {
      const read = reads[at];
      if (isReadable(blob) && !contents.has(blob.id))
        throw new Failure('git-failed', `${blob.path}: the mirror lacks ${blob.id}`);
      if (read) found.set(blob.path, this.#file(blob, read.decoded, ruled));
    }
    if (fresh.length > cacheFrom)
      await this.#cache?.save(
        [...found].map(([path, { id, size, decoded }]) => [
          path,
          { signature: signatureOf({ path, id, size }), decoded },
        ]),
      );
    return { found, decoded: fresh.length };
  }

  #file({ path, id, size }: Blob, decoded: DecodedFile, ruled: (path: string) => boolean): KnownFile {
    const good = !decoded.diagnostics.some(({ severity }) => severity === 'error');
    const lastGood = good ? decoded.declared : this.#files.get(path)?.lastGood;
    return { id, size, keep: ruled(path), decoded, ...(lastGood ? { lastGood } : {}) };
  }
}

function refusal(path: string, mode: string): Diagnostic {
  const what = mode === '160000' ? 'a submodule' : 'a link';
  return unreadable(path, `${path} is ${what}, which is never followed`, 'put the file itself there');
}

function unreadable(file: string, message: string, suggestion: string): Diagnostic {
  return { severity: 'error', code: 'file-unreadable', file, line: 1, column: 1, message, suggestion };
}

function* decodedOf(files: ReadonlyMap<string, KnownFile>): Iterable<DecodedFile> {
  for (const { decoded } of files.values()) yield decoded;
}

function above(root: string, path: string): string {
  return root === '' ? path : `${root}/${path}`;
}

function below(root: string, path: string): string {
  return root === '' ? path : path.slice(root.length + 1);
}

function sameLent(a: readonly Lent[], b: readonly Lent[]): boolean {
  return a.length === b.length && a.every(({ path }, at) => path === b[at]?.path);
}

function isReadable({ size }: Blob): boolean {
  return size <= fileLimits.bytes;
}
