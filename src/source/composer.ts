import type { KindTable } from '../kinds/contract.ts';
import { Composition } from '../manifest/compose/compose.ts';
import { directoryOf, isWithin, resolveFrom } from '../manifest/compose/paths.ts';
import type { Values } from '../manifest/compose/substitute.ts';
import { isOverlayFile } from '../manifest/compose/units.ts';
import type { Declared, DecodedFile, DecodeOptions, FileParts } from '../manifest/decode.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { MergeFile } from './merge.ts';

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

/** Puts together what means something only together, over time: what was good holds until what is new is good. */
export class Composer {
  readonly #composition: Composition;
  readonly #values: boolean;
  readonly #good = new Map<string, FileParts>();
  readonly #lastGood = new Map<string, readonly Declared[]>();

  constructor({ kinds, root, values, decode = {} }: ComposerOptions) {
    this.#composition = new Composition(kinds, { root, ...decode, ...(values ? { values } : {}) });
    this.#values = values !== undefined;
  }

  /** Values from outside concern every file. */
  get keepsAll(): boolean {
    return this.#values;
  }

  /** The files as they are merged: what declares for itself stays, what was composed comes after it. */
  compose(files: readonly MergeFile[], membership: (path: string) => Membership): readonly MergeFile[] {
    const involved = files.map((file) => ({ ...file, ...membership(file.path) }));
    if (
      !involved.some(({ decoded, file, lent }) => decoded.parts || lent || isOverlayFile(file)) &&
      this.#good.size === 0
    )
      return files;
    const parts = new Map(involved.map(({ file, decoded }) => [file, this.#partsOf(file, decoded)]));
    for (const file of this.#good.keys()) if (!parts.has(file)) this.#good.delete(file);
    const composed = this.#composition.compose(
      involved.map(({ file, decoded, lastGood, lent = false }) => ({
        file,
        lent,
        parts: parts.get(file),
        declared: isBad(decoded) ? (lastGood ?? []) : decoded.declared,
      })),
    );
    const troubled = composed.some(isBad);
    const ruled = this.#composition.ruled;
    const alone = involved.map(
      ({ path, file, decoded, lastGood, lent = false, aside = false }): MergeFile => {
        const held = lent || ruled(file);
        const quiet = aside && !troubled;
        const shown: DecodedFile = {
          declared: held ? [] : decoded.declared,
          diagnostics: quiet ? [] : decoded.diagnostics,
          // A spec that is put together says itself which resources it stands for.
          mentioned: held && !isBad(decoded) ? [] : decoded.mentioned,
        };
        return { path, decoded: shown, ...(lastGood && !held ? { lastGood } : {}) };
      },
    );
    return [...alone, ...this.#remembered(composed)];
  }

  #partsOf(file: string, decoded: DecodedFile): FileParts | undefined {
    if (isBad(decoded)) return this.#good.get(file);
    if (decoded.parts) this.#good.set(file, decoded.parts);
    else this.#good.delete(file);
    return decoded.parts;
  }

  #remembered(composed: ReturnType<Composition['compose']>): MergeFile[] {
    const seen = new Set<string>();
    const found = composed.map((decoded): MergeFile => {
      const [key] = decoded.mentioned;
      if (key === undefined) return { path: decoded.file, decoded };
      const name = `${decoded.file}\0${key}`;
      seen.add(name);
      if (!isBad(decoded)) this.#lastGood.set(name, decoded.declared);
      const lastGood = this.#lastGood.get(name);
      return { path: decoded.file, decoded, ...(lastGood ? { lastGood } : {}) };
    });
    for (const name of this.#lastGood.keys()) if (!seen.has(name)) this.#lastGood.delete(name);
    return found;
  }
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
