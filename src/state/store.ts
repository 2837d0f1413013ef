import { join } from 'node:path';
import {
  ensureDirSync,
  listDirSync,
  quarantine,
  readTextSync,
  remove,
  sweepTemps,
  writeAtomic,
} from '../host/files.ts';
import { encodeName, type HostPaths } from '../host/paths.ts';
import { type Failure, toFailure } from '../model/failure.ts';
import { Parts } from '../model/parts.ts';
import { type KeyText, type Kind, keyText, type ResourceKey } from '../model/resource.ts';
import type { Condition } from '../model/status.ts';
import { BatchLog } from './batch-log.ts';
import { seal, unseal } from './envelope.ts';
import { FormerOwners } from './former-owners.ts';
import { KeptConditions } from './kept-conditions.ts';
import type { ResourceRecord } from './records.ts';

/** A record that could not be read. Its file is kept; its resource is left alone. */
export interface StoreProblem {
  readonly path: string;
  readonly failure: Failure;
}

/** From so many writes at once on, those that are new share an fsync instead of one each. */
const together = 4;

/**
 * The durable inventory: one sealed file per resource, `<stateDir>/definitions/<kind>s/<name>.json`, previous generation
 * as `.bak`; what comes in great numbers stands in a log until it changes. Everything is held in memory; a put returns
 * when it is on disk.
 */
export class Store {
  readonly problems: StoreProblem[] = [];
  /** What definitions have in common is in memory once. */
  readonly parts = new Parts();
  readonly #root: string;
  readonly #records = new Map<KeyText, ResourceRecord>();
  readonly #tails = new Map<KeyText, Promise<unknown>>();
  readonly #directories = new Set<string>();
  readonly #batch: BatchLog;
  /** Those with a file of their own: it counts, whatever the log says. */
  readonly #filed = new Set<KeyText>();
  readonly #former: FormerOwners;
  readonly #conditions: KeptConditions;
  #writing = 0;

  private constructor(paths: HostPaths, former: FormerOwners) {
    this.#root = join(paths.stateDir, 'definitions');
    this.#batch = new BatchLog(paths, this.parts);
    this.#former = former;
    this.#conditions = new KeptConditions(paths);
  }

  static async open(paths: HostPaths): Promise<Store> {
    const store = new Store(paths, await FormerOwners.open(paths));
    await store.#load();
    return store;
  }

  get<K extends Kind>(key: ResourceKey<K>): ResourceRecord<K> | undefined {
    return this.#records.get(keyText(key)) as ResourceRecord<K> | undefined;
  }

  at(text: KeyText): ResourceRecord | undefined {
    return this.#records.get(text);
  }

  /** The source that it belongs to, or that it left things behind for. */
  ownerOf(text: KeyText): string | undefined {
    return this.at(text)?.origin.source ?? this.#former.of(text);
  }

  all(): Iterable<ResourceRecord> {
    return this.#records.values();
  }

  entries(): Iterable<readonly [KeyText, ResourceRecord]> {
    return this.#records;
  }

  keys<K extends Kind>(kind?: K): ResourceKey<K>[] {
    const keys: ResourceKey<K>[] = [];
    for (const { key } of this.#records.values())
      if (kind === undefined || key.kind === kind) keys.push(key as ResourceKey<K>);
    return keys;
  }

  put<K extends Kind>(record: ResourceRecord<K>): Promise<void> {
    return this.update(record.key, () => record).then(() => undefined);
  }

  /**
   * Reads, changes and writes one record, one caller at a time. `change` returns the same object for "nothing to do"
   * and undefined to delete.
   */
  update<K extends Kind>(
    key: ResourceKey<K>,
    change: (record: ResourceRecord<K> | undefined) => ResourceRecord<K> | undefined,
  ): Promise<ResourceRecord<K> | undefined> {
    return this.#inTurn(key, async () => {
      const before = this.get(key);
      const after = change(before);
      if (after === before) return after;
      if (after) {
        await this.#write(after);
        this.#records.set(keyText(key), after);
      } else {
        await this.#erase(key);
        this.#records.delete(keyText(key));
      }
      return after;
    });
  }

  /** Resolves when what was asked for this key so far is on disk; throws when it is not. */
  async settled(key: ResourceKey): Promise<void> {
    await this.#tails.get(keyText(key));
  }

  /** `heir`: the source that what it leaves behind still belongs to. */
  async delete(key: ResourceKey, heir?: string): Promise<void> {
    await this.#former.note(keyText(key), heir);
    await this.update(key, () => undefined);
  }

  /** For commands without a daemon, and for the next one: what status says now, where it was looked at. The last word. */
  async keepConditions(present: ReadonlyMap<KeyText, readonly Condition[]>): Promise<void> {
    await Promise.allSettled(this.#tails.values());
    return this.#conditions.keep(this.#records.values(), present);
  }

  /** What came in great numbers, in a form that the next start reads at once. Only an advantage: nothing relies on it. */
  keepSnapshot(): Promise<void> {
    return this.#batch.keep();
  }

  async #write(record: ResourceRecord): Promise<void> {
    const text = keyText(record.key);
    if (!this.#filed.has(text) && this.#writing >= together) return this.#batch.put(record);
    this.#writing++;
    try {
      await writeAtomic(this.#path(record.key), seal(record), { backup: this.#filed.has(text) });
      this.#filed.add(text);
    } finally {
      this.#writing--;
    }
  }

  async #erase(key: ResourceKey): Promise<void> {
    const text = keyText(key);
    if (this.#batch.has(text)) await this.#batch.delete(text);
    const path = this.#path(key);
    await remove(path);
    await remove(`${path}.bak`);
    this.#filed.delete(text);
  }

  #inTurn<T>(key: ResourceKey, work: () => Promise<T>): Promise<T> {
    const text = keyText(key);
    const turn = (this.#tails.get(text) ?? Promise.resolve()).then(work, work);
    this.#tails.set(text, turn);
    const clear = () => {
      if (this.#tails.get(text) === turn) this.#tails.delete(text);
    };
    turn.then(clear, clear);
    return turn;
  }

  #path(key: ResourceKey): string {
    const directory = join(this.#root, `${key.kind.toLowerCase()}s`);
    if (!this.#directories.has(directory)) {
      ensureDirSync(directory, 0o700);
      this.#directories.add(directory);
    }
    return join(directory, `${encodeName(key.name)}.json`);
  }

  async #load(): Promise<void> {
    ensureDirSync(this.#root, 0o700);
    const bad = (error: unknown) =>
      this.problems.push({ path: `${this.#root}.jsonl`, failure: toFailure(error) });
    for (const record of await this.#batch.load(bad)) this.#records.set(keyText(record.key), record);
    for (const directory of listDirSync(this.#root)) {
      const path = join(this.#root, directory);
      const names = listDirSync(path);
      if (names.some((name) => name.endsWith('.tmp'))) await sweepTemps(path);
      const present = new Set(names);
      for (const name of names) {
        if (name.endsWith('.json')) this.#read(join(path, name));
        // Killed between backup and rename: only the previous generation is left.
        else if (name.endsWith('.json.bak') && !present.has(name.slice(0, -4))) this.#read(join(path, name));
      }
    }
    this.#recallConditions();
  }

  #recallConditions(): void {
    try {
      for (const record of this.#conditions.with(this.#records))
        this.#records.set(keyText(record.key), record);
    } catch (error) {
      this.problems.push({ path: this.#conditions.path, failure: toFailure(error) });
    }
  }

  #read(path: string): void {
    try {
      this.#accept(unseal<ResourceRecord>(readTextSync(path), path));
    } catch (error) {
      const failure = toFailure(error);
      this.problems.push({ path, failure });
      if (failure.code === 'state-newer' || path.endsWith('.bak')) return;
      quarantine(path);
      try {
        this.#accept(unseal<ResourceRecord>(readTextSync(`${path}.bak`), `${path}.bak`));
      } catch {
        // No good generation is left: the driver rebuilds what runs from the processes themselves.
      }
    }
  }

  #accept(record: ResourceRecord): void {
    this.#records.set(keyText(record.key), this.parts.share(record));
    this.#filed.add(keyText(record.key));
  }
}
