import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** One directory as it was seen: another inode under the same name is another directory. */
export interface WatchedDirectory {
  readonly path: string;
  readonly id: string;
}

/**
 * Hints that something changed in a set of directories. Never the truth: overflow, a replaced root and a mount over it
 * are silent. One watch per directory, none per file: 10,000 specs cost what their directories cost.
 */
export class DirectoryWatch {
  readonly #onHint: (path?: string) => void;
  readonly #onError: (error: Error) => void;
  readonly #open = new Map<string, { readonly id: string; readonly watcher: FSWatcher }>();

  /** `onHint`: what changed, where that is known. `onError`: the kernel gives no more watches; rescans have to do. */
  constructor(onHint: (path?: string) => void, onError: (error: Error) => void) {
    this.#onHint = onHint;
    this.#onError = onError;
  }

  /**
   * Watches these and no others; `root` is also watched for by name in the directory above it. True: there are new ones
   * among them.
   */
  set(root: string, directories: readonly WatchedDirectory[]): boolean {
    const above: WatchedDirectory = { path: dirname(root), id: `above ${root}` };
    const wanted = new Map([above, ...directories].map((directory) => [directory.path, directory]));
    for (const [path, { id, watcher }] of this.#open) {
      if (wanted.get(path)?.id === id) continue;
      watcher.close();
      this.#open.delete(path);
    }
    const fresh = [...wanted.values()].filter(({ path }) => !this.#open.has(path));
    for (const { path, id } of fresh) this.#add(path, id, id === above.id ? basename(root) : undefined);
    return fresh.some(({ path }) => this.#open.has(path));
  }

  close(): void {
    for (const { watcher } of this.#open.values()) watcher.close();
    this.#open.clear();
  }

  #add(path: string, id: string, only: string | undefined): void {
    try {
      const watcher = watch(path, { persistent: false }, (_event, name) => {
        if (only === undefined && name !== null) this.#onHint(join(path, name));
        else if (name === null || name === only) this.#onHint();
      });
      watcher.on('error', () => this.#onHint());
      this.#open.set(path, { id, watcher });
    } catch (error) {
      // Gone since it was listed is no trouble: the next look sees it.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#onError(error as Error);
    }
  }
}
