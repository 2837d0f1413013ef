import { basename, dirname, isAbsolute, join } from 'node:path';
import { stat } from '../host/files.ts';
import { readTree, readTreeFile, type Tree, type TreeFile, workTreeOf } from '../host/tree.ts';
import { overlayFile } from '../manifest/compose/overlay.ts';
import { isOverlayFile, ruledBy } from '../manifest/compose/units.ts';
import type { Lent, Membership } from './composer.ts';
import { isSetAside, isSpecPath, misnamed } from './spec-path.ts';

const maxFiles = 50_000;

/** Some files of the tree that was read last, as they are now; no other has changed. */
export interface Glance {
  readonly files: readonly TreeFile[];
  readonly gone: readonly string[];
}

/** The spec files below a directory, or one file, with what they name that lies elsewhere. */
export class DirectoryTree {
  readonly #origin: string;
  /** Values from outside concern every file. */
  readonly #keepsAll: boolean;
  isFile = false;
  /** Of a single file: it needs those beside it. */
  inCompany = false;
  /** The directory that bases may lie in: the work tree, where there is one. */
  boundary: string | undefined;
  #last: Tree | undefined;
  #ruled: (path: string) => boolean = () => false;

  constructor(origin: string, keepsAll: boolean) {
    this.#origin = origin;
    this.#keepsAll = keepsAll;
  }

  get directory(): string {
    return this.isFile ? dirname(this.#origin) : this.#origin;
  }

  full(path: string): string {
    return isAbsolute(path) ? path : join(this.directory, path);
  }

  /** How a file of the tree takes part. */
  membership(path: string): Membership {
    const file = this.full(path);
    const aside = this.isFile && file !== this.#origin;
    return { file, aside: aside && !isAbsolute(path), lent: aside || isAbsolute(path) };
  }

  /** All of it, with these of elsewhere. Throws when it cannot be read. */
  async read(lent: readonly Lent[]): Promise<Tree> {
    const facts = await stat(this.#origin);
    if (!facts) throw new Error('there is no such file or directory');
    this.isFile = !facts.isDirectory;
    this.boundary ??= (await workTreeOf(this.directory)) ?? this.directory;
    const own = basename(this.#origin);
    if (this.isFile && !isSpecPath(own))
      throw new Error(misnamed(own) ?? 'the name of a spec ends with .yaml, .yml or .xml');
    this.inCompany ||= this.isFile && (await stat(join(this.directory, overlayFile)))?.isFile === true;
    const alone = this.isFile && !this.inCompany;
    const tree = await readTree(this.directory, {
      maxFiles,
      accept: (name, isDirectory) => (alone ? !isDirectory && name === own : isPart(name, isDirectory)),
      ...(alone ? {} : { refuse: misnamed }),
    });
    const whole = lent.length === 0 ? tree : await this.#withLent(tree, lent);
    this.#last = lent.length === 0 && !this.isFile ? whole : undefined;
    return this.#marked(whole);
  }

  /** These paths, which something was said of, and these files of the tree. undefined: all has to be read again. */
  async glance(paths: Iterable<string>, known: Iterable<string>): Promise<Glance | undefined> {
    const last = this.#last;
    const [root] = last?.directories ?? [];
    if (!last || !root || last.hasLinks || last.refused.length > 0) return undefined;
    const below = `${root.path}/`;
    const directories = new Set(last.directories.map(({ path }) => path));
    const wanted = new Set(known);
    for (const path of paths) {
      if (!path.startsWith(below) || directories.has(path)) return undefined;
      const inside = path.slice(below.length);
      if (misnamed(inside) !== undefined) return undefined;
      if (!inside.split('/').some(isSetAside)) wanted.add(inside);
    }
    const files: TreeFile[] = [];
    const gone: string[] = [];
    for (const path of wanted) {
      // Which files an overlay rules is a question to all of them.
      if (isOverlayFile(path)) return undefined;
      const file = await readTreeFile(this.#origin, last.root, path);
      if (file === undefined) return undefined;
      if (file === 'gone') gone.push(path);
      else if (isSpecPath(path)) files.push(this.#mark(file));
    }
    return { files, gone };
  }

  /** Which files an overlay rules is part of what they look like: it decides how they are decoded. */
  #marked(tree: Tree): Tree {
    const isPlain = !this.#keepsAll && !tree.files.some(({ path }) => isOverlayFile(path));
    if (isPlain) this.#ruled = () => false;
    else if (this.#keepsAll) this.#ruled = () => true;
    else this.#ruled = ruledBy(tree.files.map(({ path }) => this.full(path)));
    return isPlain ? tree : { ...tree, files: tree.files.map((file) => this.#mark(file)) };
  }

  #mark(file: TreeFile): TreeFile {
    return this.#ruled(this.full(file.path)) ? { ...file, signature: `${file.signature} kept` } : file;
  }

  /** With what overlays name outside this directory, under its full name. */
  async #withLent(tree: Tree, lent: readonly Lent[]): Promise<Tree> {
    let { files, directories, refused } = tree;
    for (const { path, isFile } of lent) {
      const directory = isFile ? dirname(path) : path;
      if ((await stat(directory))?.isDirectory !== true) continue;
      const named = <T extends { readonly path: string }>(item: T): T => ({
        ...item,
        path: join(directory, item.path),
      });
      try {
        const found = await this.#readLent(directory, isFile ? basename(path) : undefined);
        files = [...files, ...found.files.map(named)];
        directories = [...directories, ...found.directories];
        refused = [...refused, ...found.refused.map(named)];
      } catch (error) {
        refused = [...refused, { path, reason: (error as Error).message }];
      }
    }
    const unique = new Map(files.map((file) => [this.full(file.path), file]));
    return { ...tree, files: [...unique.values()], directories, refused };
  }

  #readLent(directory: string, only: string | undefined): Promise<Tree> {
    return readTree(directory, {
      maxFiles,
      within: this.boundary ?? directory,
      accept: (name, isDirectory) =>
        only === undefined ? isPart(name, isDirectory) : !isDirectory && name === only,
      ...(only === undefined ? { refuse: misnamed } : {}),
    });
  }
}

function isPart(name: string, isDirectory: boolean): boolean {
  return !isSetAside(name) && (isDirectory || isSpecPath(name) || misnamed(name) !== undefined);
}

/** The signature of the file itself, and whether an overlay rules it. */
export function asFound(signature: string): { readonly signature: string; readonly keep: boolean } {
  const [found = '', kept] = signature.split(' ');
  return { signature: found, keep: kept !== undefined };
}
