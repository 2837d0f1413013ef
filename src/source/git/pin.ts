import { dirname } from 'node:path';
import { ensureDir, readText, writeAtomic } from '../../host/files.ts';

/** The commit that holds, beside the mirror: a mirror that is lost is fetched again, and still nothing is rewound. */
export class Pin {
  readonly #path: string;
  #commit: string | undefined;
  #known = false;

  constructor(path: string) {
    this.#path = path;
  }

  async read(): Promise<string | undefined> {
    if (this.#known) return this.#commit;
    try {
      const { commit } = JSON.parse(await readText(this.#path, 4096)) as { commit?: unknown };
      if (typeof commit === 'string' && /^[0-9a-f]{40,64}$/.test(commit)) this.#commit = commit;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    this.#known = true;
    return this.#commit;
  }

  async write(commit: string): Promise<void> {
    if (commit === this.#commit) return;
    await ensureDir(dirname(this.#path), 0o700);
    await writeAtomic(this.#path, `${JSON.stringify({ commit })}\n`);
    this.#commit = commit;
    this.#known = true;
  }
}
