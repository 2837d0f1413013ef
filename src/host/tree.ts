import { statSync } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { WatchedDirectory } from './watch.ts';

export interface TreeFile {
  /** Below the root, with `/`. */
  readonly path: string;
  readonly size: number;
  /** Wall time of the last change of content, name or mode. */
  readonly changedMs: number;
  /** Changes when the content may have: device, inode, size, mtime and ctime in nanoseconds. */
  readonly signature: string;
}

export interface Tree {
  /** Device and inode of the root: another directory under the same name is another tree. */
  readonly root: string;
  readonly files: readonly TreeFile[];
  /** Every directory that was walked, the root first. */
  readonly directories: readonly WatchedDirectory[];
  /** Some names in it are links: what they lead to may become another without a word. */
  readonly hasLinks: boolean;
  /** Links that lead outside, directories that cannot be read. */
  readonly refused: readonly { readonly path: string; readonly reason: string }[];
}

export interface TreeOptions {
  readonly maxFiles: number;
  /** The root itself lies in there, wherever links lead. */
  readonly within?: string;
  /** A file's or directory's own name. */
  accept(name: string, isDirectory: boolean): boolean;
  /** Why an accepted path cannot be taken. */
  refuse?(path: string): string | undefined;
}

/** So many files are asked for before the event loop turns. */
const slice = 500;

/** All accepted files below a root. Links are followed only inside it. Throws when the root itself cannot be read. */
export async function readTree(root: string, options: TreeOptions): Promise<Tree> {
  const real = await realpath(root);
  if (options.within !== undefined && !isInside(real, await realpath(options.within)))
    throw new Error(`${root} leads outside ${options.within}`);
  const facts = await stat(real, { bigint: true });
  const files: TreeFile[] = [];
  const refused: { path: string; reason: string }[] = [];
  const directories: WatchedDirectory[] = [];
  const seen = new Set<string>();
  let hasLinks = false;

  const visit = async (directory: string, below: string, name: string, isLink: boolean): Promise<void> => {
    const path = below === '' ? name : `${below}/${name}`;
    const full = join(directory, name);
    try {
      const reason = options.refuse?.(path);
      if (reason !== undefined) {
        refused.push({ path, reason });
        return;
      }
      if (isLink) {
        hasLinks = true;
        const target = await realpath(full);
        if (!isInside(target, real)) {
          refused.push({ path, reason: 'a link that leads outside the source' });
          return;
        }
      }
      const found = statSync(full, { bigint: true });
      if (found.isDirectory()) {
        if (options.accept(name, true)) await walk(full, path, idOf(found));
      } else if (found.isFile() && options.accept(name, false)) {
        if (files.length >= options.maxFiles) throw new Error(`more than ${options.maxFiles} files`);
        files.push(fileOf(path, found));
      }
    } catch (error) {
      // Gone since the listing is no trouble; anything else is.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        refused.push({ path, reason: (error as Error).message });
    }
  };
  const walk = async (directory: string, below: string, id: string): Promise<void> => {
    if (seen.has(id)) return;
    seen.add(id);
    directories.push({ path: directory, id });
    // A file system that hangs, hangs here; after that, asking for each file by itself would cost ten times as much.
    const entries = (await readdir(directory, { withFileTypes: true })).filter(
      ({ name }) => options.accept(name, false) || options.accept(name, true),
    );
    for (let at = 0; at < entries.length; at += slice) {
      if (at > 0) await turn();
      await Promise.all(
        entries
          .slice(at, at + slice)
          .map((entry) => visit(directory, below, entry.name, entry.isSymbolicLink())),
      );
    }
  };

  await walk(real, '', idOf(facts));
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { root: idOf(facts), files, directories, hasLinks, refused };
}

/**
 * One file of a tree that was read before, as it is now; undefined: only the whole tree can tell, since it is no plain
 * file, or the way to it is another one.
 */
export async function readTreeFile(
  directory: string,
  root: Tree['root'],
  path: string,
): Promise<TreeFile | 'gone' | undefined> {
  try {
    const real = await realpath(directory);
    if (idOf(await stat(real, { bigint: true })) !== root) return undefined;
    const full = join(real, path);
    const found = await lstat(full, { bigint: true }).catch((error: NodeJS.ErrnoException) => error);
    if (found instanceof Error) return found.code === 'ENOENT' ? 'gone' : undefined;
    if (!found.isFile() || (await realpath(dirname(full))) !== dirname(full)) return undefined;
    return fileOf(path, found);
  } catch {
    return undefined;
  }
}

/** What a file's `signature` is now; undefined when it is gone. */
export async function signatureNow(path: string): Promise<string | undefined> {
  const facts = await stat(path, { bigint: true }).catch(() => undefined);
  return facts && signatureOf(facts);
}

/** As `signatureNow`, for threads that have nothing else to do. */
export function signatureNowSync(path: string): string | undefined {
  try {
    return signatureOf(statSync(path, { bigint: true }));
  } catch {
    return undefined;
  }
}

interface Facts {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

function fileOf(path: string, found: Facts): TreeFile {
  return {
    path,
    size: Number(found.size),
    changedMs: Number(found.ctimeNs / 1_000_000n),
    signature: signatureOf(found),
  };
}

function signatureOf({ dev, ino, size, mtimeNs, ctimeNs }: Facts): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}

function idOf({ dev, ino }: Pick<Facts, 'dev' | 'ino'>): string {
  return `${dev}:${ino}`;
}

function isInside(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}

/** The root of the git work tree that a directory lies in. */
export async function workTreeOf(directory: string): Promise<string | undefined> {
  for (let at = directory; ; at = dirname(at)) {
    if (await stat(join(at, '.git')).catch(() => undefined)) return at;
    if (at === dirname(at)) return undefined;
  }
}
