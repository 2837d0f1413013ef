import { join } from 'node:path';
import { ensureDirSync, readTextSync, writeAtomic } from '../host/files.ts';
import { grouped } from '../host/grouped.ts';
import type { HostPaths } from '../host/paths.ts';
import type { Approval } from '../model/approval.ts';
import type { KeyText } from '../model/resource.ts';
import { seal, unseal } from './envelope.ts';

/** What people let through, until it is used or void. Survives a restart; when it cannot be read, nothing was approved. */
export class Approvals {
  readonly #path: string;
  readonly #write: () => Promise<void>;
  #all: readonly Approval[] = [];

  constructor({ stateDir }: HostPaths) {
    this.#path = join(stateDir, 'approvals.json');
    try {
      this.#all = unseal<Approval[]>(readTextSync(this.#path), this.#path);
    } catch {
      // None yet, or none that can be relied on.
    }
    this.#write = grouped(async () => {
      ensureDirSync(stateDir, 0o711);
      await writeAtomic(this.#path, seal(this.#all));
    });
  }

  all(): readonly Approval[] {
    return this.#all;
  }

  /** Counts at once; durable when this resolves. The same once more is one. */
  async add(added: readonly Approval[]): Promise<void> {
    const fresh = added.filter((one) => !this.#all.some((known) => isSame(known, one)));
    if (fresh.length === 0) return;
    this.#all = [...this.#all, ...fresh].slice(-1_000);
    await this.#write();
  }

  async drop(is: (approval: Approval) => boolean): Promise<void> {
    const kept = this.#all.filter((one) => !is(one));
    if (kept.length === this.#all.length) return;
    this.#all = kept;
    await this.#write();
  }

  allows(what: 'delete' | 'restart', key: KeyText, source: string): boolean {
    return this.by(what, key, source) !== undefined;
  }

  /** Who let it through. */
  by(what: 'delete' | 'restart', key: KeyText, source: string): string | undefined {
    return this.#all.find(
      (one) => one.what === what && one.key === key && (one.source === undefined || one.source === source),
    )?.by;
  }

  /** All that it lets through by name. */
  keys(what: 'delete' | 'restart', source: string): ReadonlySet<KeyText> {
    const mine = this.#all.filter(
      (one) => one.what === what && (one.source === undefined || one.source === source),
    );
    return new Set(mine.flatMap(({ key }) => key ?? []));
  }

  allowsAll(source: string, revision: string): boolean {
    return this.#all.some(
      (one) => one.what === 'mass-change' && one.source === source && one.revision === revision,
    );
  }
}

function isSame(a: Approval, b: Approval): boolean {
  return a.what === b.what && a.key === b.key && a.source === b.source && a.revision === b.revision;
}
