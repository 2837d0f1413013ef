import type { KindTable } from '../kinds/contract.ts';
import { Composition } from '../manifest/compose/compose.ts';
import { directoryOf, isWithin, resolveFrom } from '../manifest/compose/paths.ts';
import type { Values } from '../manifest/compose/substitute.ts';
import { isOverlayFile } from '../manifest/compose/units.ts';
import type { Declared } from '../manifest/declared.ts';
import type { DecodedFile, DecodeOptions, FileParts } from '../manifest/decoded-file.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { type FileChange, type MergeFile, presentIn } from './merge.ts';

export interface ComposerOptions {
  readonly kinds: KindTable;
  /** Bases lie inside this directory, as files are named to people; empty: the top of a repository. */
  readonly root: string;
  readonly values?: Values;
  readonly decode?: DecodeOptions;
}

/** How a file of the source takes part. */
export interface Membership {
  /** Its name as people see it, and as overlays reckon. */
  readonly file: string;
  /** Read for others: it declares nothing by itself. */
  readonly lent?: boolean;
  /** Its mistakes matter only to who needs it. */
  readonly aside?: boolean;
}

const none: readonly never[] = [];

/**
 * Puts together what means something only together, over time: what was good holds until what is new is good. A file
 * that stands for itself costs nothing here, and a machine of a class only itself; for anything else all is put together
 * anew, of what is remembered.
 */
export class Composer {
  readonly #composition: Composition;
  readonly #values: boolean;
  readonly #good = new Map<string, FileParts>();
  readonly #lastGood = new Map<string, readonly Declared[]>();
  /** What stands at which place of the merge, of files that do not simply stand for themselves. */
  readonly #results = new Map<string, MergeFile>();
  /** Places of what was composed, by file. */
  readonly #places = new Map<string, string[]>();

  constructor({ kinds, root, values, decode = {} }: ComposerOptions) {
    this.#composition = new Composition(kinds, { root, ...decode, ...(values ? { values } : {}) });
    this.#values = values !== undefined;
  }

  /** Values from outside concern every file. */
  get keepsAll(): boolean {
    return this.#values;
  }

  /** What these changes mean for the merge: what declares for itself stays, what was composed comes after it. */
  update(
    changes: readonly FileChange[],
    all: () => Iterable<MergeFile>,
    membership: (path: string) => Membership,
  ): readonly FileChange[] {
    const apart: FileChange[] = [];
    const parted: FileChange[] = [];
    for (const change of changes) {
      const [path, file] = change;
      const takesPart = this.#results.has(path) || (file && this.#takesPart(file, membership(path)));
      (takesPart ? parted : apart).push(change);
    }
    if (parted.length === 0) return changes;
    return [...apart, ...(this.#onlyMachines(parted, membership) ?? this.#whole([...all()], membership))];
  }

  #takesPart({ decoded }: MergeFile, { file, lent = false, aside = false }: Membership): boolean {
    const waits = decoded.parts !== undefined || this.#good.has(file);
    return waits || lent || aside || isOverlayFile(file) || this.#composition.rules(file);
  }

  /** When all that changed are machines of classes, which nobody else needs. undefined: there is more to it. */
  #onlyMachines(
    changes: readonly FileChange[],
    membership: (path: string) => Membership,
  ): readonly FileChange[] | undefined {
    const stand = changes.every(([path, changed]) => {
      const { file, lent = false, aside = false } = membership(path);
      if (lent || aside || isOverlayFile(file) || this.#composition.rules(file)) return false;
      return isMachines(this.#good.get(file)) && isMachines(changed?.decoded.parts);
    });
    if (!stand) return undefined;
    const found: FileChange[] = [];
    for (const [path, changed] of changes) {
      const { file } = membership(path);
      const parts = changed && this.#partsOf(file, changed.decoded);
      if (!changed) this.#good.delete(file);
      const composed = this.#composition.composeOne(file, parts);
      if (!composed) return undefined;
      const before = [path, ...(this.#places.get(file) ?? [])];
      const next = new Map<string, MergeFile>(changed && parts ? [[path, changed]] : []);
      this.#place(composed, next);
      found.push(...this.#settle(before, next));
      if (changed && !parts) found.push([path, changed]);
    }
    return found;
  }

  #whole(files: readonly MergeFile[], membership: (path: string) => Membership): readonly FileChange[] {
    const involved = files.map((plain) => ({ plain, ...plain, ...membership(plain.path) }));
    const parts = new Map(involved.map(({ file, decoded }) => [file, this.#partsOf(file, decoded)]));
    for (const file of this.#good.keys()) if (!parts.has(file)) this.#good.delete(file);
    const composed = this.#composition.compose(
      involved.map(({ file, plain, lent = false }) => ({
        file,
        lent,
        parts: parts.get(file),
        declared: presentIn(plain),
      })),
    );
    const troubled = composed.some(isBad);
    const next = new Map<string, MergeFile>();
    const plain: FileChange[] = [];
    for (const { plain: one, ...file } of involved) {
      if (this.#takesPart(one, file)) next.set(one.path, this.#shown(one, file, troubled));
      else if (this.#results.has(one.path)) plain.push([one.path, one]);
    }
    const before = [...this.#results.keys()];
    this.#places.clear();
    this.#place(composed, next);
    return [...this.#settle(before, next), ...plain];
  }

  /** What a file that takes part still says for itself. */
  #shown(
    { path, decoded, lastGood }: MergeFile,
    { file, lent = false, aside = false }: Membership,
    troubled: boolean,
  ): MergeFile {
    const held = lent || this.#composition.rules(file);
    const shown: DecodedFile = {
      declared: held ? none : decoded.declared,
      diagnostics: aside && !troubled ? none : decoded.diagnostics,
      // A spec that is put together says itself which resources it stands for.
      mentioned: held && !isBad(decoded) ? none : decoded.mentioned,
    };
    return { path, decoded: shown, ...(lastGood && !held ? { lastGood } : {}) };
  }

  #partsOf(file: string, decoded: DecodedFile): FileParts | undefined {
    if (isBad(decoded)) return this.#good.get(file);
    if (decoded.parts) this.#good.set(file, decoded.parts);
    else this.#good.delete(file);
    return decoded.parts;
  }

  /** Gives each result its place, with what was last good there. */
  #place(composed: ReturnType<Composition['compose']>, next: Map<string, MergeFile>): void {
    const counts = new Map<string, number>();
    const places = new Map<string, string[]>();
    for (const decoded of composed) {
      const { file, mentioned } = decoded;
      // After every path.
      const name = `\uffff${file}\0${mentioned[0] ?? ''}`;
      const count = counts.get(name) ?? 0;
      counts.set(name, count + 1);
      const place = `${name}\0${count}`;
      const ofFile = places.get(file);
      if (ofFile) ofFile.push(place);
      else places.set(file, [place]);
      if (!isBad(decoded) && mentioned.length > 0) this.#lastGood.set(place, decoded.declared);
      const lastGood = this.#lastGood.get(place);
      next.set(place, { path: file, decoded, ...(lastGood ? { lastGood } : {}) });
    }
    for (const [file, found] of places) this.#places.set(file, found);
  }

  /** What is another now at the places of before and these. */
  #settle(before: readonly string[], next: ReadonlyMap<string, MergeFile>): readonly FileChange[] {
    const found: FileChange[] = [];
    for (const place of before) {
      if (next.has(place)) continue;
      if (this.#results.delete(place)) found.push([place, undefined]);
      this.#lastGood.delete(place);
    }
    for (const [place, result] of next) {
      if (isSame(this.#results.get(place), result)) continue;
      this.#results.set(place, result);
      found.push([place, result]);
    }
    return found;
  }
}

function isMachines(parts: FileParts | undefined): boolean {
  return parts === undefined || (parts.classes.length === 0 && !parts.values && !parts.overlay);
}

function isSame(before: MergeFile | undefined, now: MergeFile): boolean {
  if (!before || before.lastGood !== now.lastGood) return false;
  if (before.decoded === now.decoded) return true;
  const [one, other] = [before.decoded, now.decoded];
  return (
    one.declared.length === other.declared.length &&
    one.declared.every((declared, at) => declared === other.declared[at]) &&
    JSON.stringify([one.diagnostics, one.mentioned]) === JSON.stringify([other.diagnostics, other.mentioned])
  );
}

const maxLent = 1_000;

/** What overlays name that lies elsewhere: a directory with all below it, or one file. */
export interface Lent {
  readonly path: string;
  readonly isFile: boolean;
}

/** Bases and files of values that these files name, of which `isRead` says that nothing is known yet. */
export function wantedBy(
  files: Iterable<DecodedFile>,
  root: string,
  isRead: (path: string) => boolean,
): readonly Lent[] {
  const wanted = new Map<string, Lent>();
  for (const { parts } of files) {
    const { bases = [], valuesFiles = [] } = parts?.overlay ?? {};
    const named = [
      ...bases.map(({ path }) => ({ path, isFile: false })),
      ...valuesFiles.map(({ path }) => ({ path, isFile: true })),
    ];
    for (const { path, isFile } of named) {
      const found = parts && resolveFrom(directoryOf(parts.file), path);
      if (found !== undefined && isWithin(found, root) && !isRead(found))
        wanted.set(found, { path: found, isFile });
    }
  }
  return [...wanted.values()].slice(0, maxLent);
}

function isBad({ diagnostics }: { readonly diagnostics: readonly Diagnostic[] }): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}
