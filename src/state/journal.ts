import { join } from 'node:path';
import { ensureDirSync, listDirSync, readTextSync, removeSync, writeForThisBoot } from '../host/files.ts';
import { encodeName, type HostPaths } from '../host/paths.ts';
import type { Json } from '../model/json.ts';
import { keyText, type ResourceKey } from '../model/resource.ts';
import { seal, unseal } from './envelope.ts';

/** An act that was begun and not yet ended. After a crash it says what to finish. */
export interface JournalEntry {
  readonly key: ResourceKey;
  readonly operation: string;
  readonly step: string;
  readonly bootId: string;
  readonly startedAt: string;
  readonly detail?: { readonly [key: string]: Json };
}

/** Write-ahead intent: one file per resource, written before the act, removed after it. Void after a boot of the host. */
export class Journal {
  readonly #root: string;

  constructor(paths: HostPaths) {
    this.#root = join(paths.runDir, 'journal');
    ensureDirSync(this.#root, 0o700);
  }

  write(entry: JournalEntry): void {
    writeForThisBoot(this.#path(entry.key), seal(entry));
  }

  end(key: ResourceKey): void {
    removeSync(this.#path(key));
  }

  get(key: ResourceKey): JournalEntry | undefined {
    return this.#read(this.#path(key));
  }

  /** Everything that was begun and not ended. */
  open(): JournalEntry[] {
    return listDirSync(this.#root)
      .filter((name) => name.endsWith('.json'))
      .map((name) => this.#read(join(this.#root, name)))
      .filter((entry) => entry !== undefined);
  }

  #read(path: string): JournalEntry | undefined {
    try {
      return unseal<JournalEntry>(readTextSync(path), path);
    } catch {
      return undefined;
    }
  }

  #path(key: ResourceKey): string {
    return join(this.#root, `${encodeName(keyText(key))}.json`);
  }
}
