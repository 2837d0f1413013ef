import { join } from 'node:path';
import { AppendLog } from '../host/append-log.ts';
import type { HostPaths } from '../host/paths.ts';
import type { KeyText } from '../model/resource.ts';

/** Without a source: it left nothing, or a person let it go. */
interface Line {
  readonly key: KeyText;
  readonly source?: string;
}

/**
 * Whose the resources were that are gone. What they leave behind (volumes, firmware variables, the state of a TPM) lies under
 * their name, and whoever takes the name finds it.
 */
export class FormerOwners {
  readonly #log: AppendLog;
  readonly #sources = new Map<KeyText, string>();

  private constructor({ stateDir }: HostPaths) {
    this.#log = new AppendLog(join(stateDir, 'former-owners.jsonl'));
  }

  static async open(paths: HostPaths): Promise<FormerOwners> {
    const owners = new FormerOwners(paths);
    await owners.#load();
    return owners;
  }

  of(key: KeyText): string | undefined {
    return this.#sources.get(key);
  }

  /** Durable when this resolves. */
  async note(key: KeyText, source: string | undefined): Promise<void> {
    if (this.#sources.get(key) === source) return;
    this.#take({ key, ...(source === undefined ? {} : { source }) });
    this.#log.append([JSON.stringify({ key, source })]);
    await this.#log.sync();
  }

  #take({ key, source }: Line): void {
    if (source === undefined) this.#sources.delete(key);
    else this.#sources.set(key, source);
  }

  async #load(): Promise<void> {
    let lines = 0;
    for (const text of this.#log.lines()) {
      lines++;
      try {
        this.#take(JSON.parse(text) as Line);
      } catch {
        // The last line of a writer that was killed: its resource is still there.
      }
    }
    if (lines > 2 * this.#sources.size + 1_000)
      await this.#log.replace([...this.#sources].map(([key, source]) => JSON.stringify({ key, source })));
  }
}
