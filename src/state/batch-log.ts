import { join } from 'node:path';
import { AppendLog } from '../host/append-log.ts';
import { grouped } from '../host/grouped.ts';
import type { HostPaths } from '../host/paths.ts';
import type { Parts } from '../model/parts.ts';
import { type KeyText, keyText } from '../model/resource.ts';
import { seal, unseal } from './envelope.ts';
import type { ResourceRecord } from './records.ts';

/** A record, or that there is none any more. */
type Line = { readonly record: ResourceRecord } | { readonly deleted: KeyText };

/**
 * Records that become durable together: a sealed line each, one fsync for all that wait for it. A record that has a
 * file of its own is newer than its line.
 */
export class BatchLog {
  readonly #log: AppendLog;
  readonly #parts: Parts;
  readonly #flush: () => Promise<void>;
  #waiting: string[] = [];
  /** The keys that have a line in force. */
  readonly #keys = new Set<KeyText>();

  constructor(paths: HostPaths, parts: Parts) {
    this.#parts = parts;
    this.#log = new AppendLog(join(paths.stateDir, 'definitions.jsonl'));
    this.#flush = grouped(async () => {
      this.#log.append(this.#waiting.splice(0));
      await this.#log.sync();
    });
  }

  has(text: KeyText): boolean {
    return this.#keys.has(text);
  }

  /** The last line of each key. Lines that cannot be read are told to `bad`. */
  async load(bad: (error: unknown) => void): Promise<Iterable<ResourceRecord>> {
    const records = new Map<KeyText, ResourceRecord>();
    let lines = 0;
    let wrong: unknown;
    let isWhole = true;
    for (const text of this.#log.lines()) {
      // The last one was cut off before anybody relied on it; any other is a loss.
      if (wrong !== undefined) {
        bad(wrong);
        isWhole = false;
      }
      wrong = undefined;
      lines++;
      try {
        const line = unseal<Line>(text, this.#log.path);
        if ('deleted' in line) records.delete(line.deleted);
        else records.set(keyText(line.record.key), this.#parts.share(line.record));
      } catch (error) {
        wrong = error;
      }
    }
    // What cannot be read may be of a newer release: it is left where it is.
    if (isWhole && lines > 2 * records.size + 1_000)
      await this.#log.replace([...records.values()].map((record) => seal({ record }).trimEnd()));
    for (const text of records.keys()) this.#keys.add(text);
    return records.values();
  }

  async put(record: ResourceRecord): Promise<void> {
    await this.#append({ record });
    this.#keys.add(keyText(record.key));
  }

  async delete(text: KeyText): Promise<void> {
    await this.#append({ deleted: text });
    this.#keys.delete(text);
  }

  #append(line: Line): Promise<void> {
    this.#waiting.push(seal(line).trimEnd());
    return this.#flush();
  }
}
