import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

export interface TreeFile {
  /** Below the root, with `/`. */
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  /** Changes when the content may have: device, inode, size, mtime and ctime in nanoseconds. */
  readonly signature: string;
}

export interface Tree {
  /** Device and inode of the root: another directory under the same name is another tree. */
  readonly root: string;
  readonly files: readonly TreeFile[];
  /** Links that lead outside, directories that cannot be read. */
  readonly refused: readonly { readonly path: string; readonly reason: string }[];
}

export interface TreeOptions {
  readonly maxFiles: number;
  /** A file's or directory's own name. */
  accept(name: string, isDirectory: boolean): boolean;
}

/** All accepted files below a root. Links are followed only inside it. Throws when the root itself cannot be read. */
export async function readTree(root: string, options: TreeOptions): Promise<Tree> {
  const real = await realpath(root);
  const facts = await stat(real);
  const files: TreeFile[] = [];
  const refused: { path: string; reason: string }[] = [];
  const seen = new Set<string>();
  const walk = async (directory: string, below: string): Promise<void> => {
    const entries = await readdir(directory, { withFileTypes: true });
    await Promise.all(
      entries.map(async (entry) => {
        const path = below === '' ? entry.name : `${below}/${entry.name}`;
        const full = join(directory, entry.name);
        try {
          if (entry.isSymbolicLink()) {
            if (!options.accept(entry.name, false) && !options.accept(entry.name, true)) return;
            const target = await realpath(full);
            if (target !== real && !target.startsWith(real + sep)) {
              refused.push({ path, reason: 'a link that leads outside' });
              return;
            }
          }
          const found = await stat(full, { bigint: true });
          if (found.isDirectory()) {
            const id = `${found.dev}:${found.ino}`;
            if (!options.accept(entry.name, true) || seen.has(id)) return;
            seen.add(id);
            await walk(full, path);
          } else if (found.isFile() && options.accept(entry.name, false)) {
            if (files.length >= options.maxFiles) throw new Error(`more than ${options.maxFiles} files`);
            const signature = [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(':');
            files.push({ path, size: Number(found.size), mtimeMs: Number(found.mtimeMs), signature });
          }
        } catch (error) {
          // Gone since the listing is no trouble; anything else is.
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
            refused.push({ path, reason: (error as Error).message });
        }
      }),
    );
  };
  await walk(real, '');
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { root: `${facts.dev}:${facts.ino}`, files, refused };
}
