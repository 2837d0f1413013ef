import { join } from 'node:path';
import { AppendLog } from '../host/append-log.ts';
import { grouped } from '../host/grouped.ts';
import { KeptValue } from '../host/kept-value.ts';
import type { HostPaths } from '../host/paths.ts';
import type { Digest } from '../host/state-file.ts';
import type { Parts } from '../model/parts.ts';
import { type KeyText, keyText } from '../model/resource.ts';
import { schemaVersion, seal, unseal } from './envelope.ts';
import type { ResourceRecord } from './records.ts';

/** A record, or that there is none any more. */
type Line = { readonly record: ResourceRecord } | { readonly deleted: KeyText };

/** What lines say, for whoever has the same lines before him. */
interface Snapshot {
  /** The part of the log that was read for it, to the byte. */
  readonly of: Digest;
  readonly lines: number;
  readonly records: ReadonlyMap<KeyText, ResourceRecord>;
}

/** From so many lines on, reading them costs more than a snapshot. */
const snapshotFrom = 200;

/**
 * Records that become durable together: a sealed line each, one fsync for all that wait for it. A record that has a
 * file of its own is newer than its line.
 */
export class BatchLog {
  readonly #log: AppendLog;
  readonly #parts: Parts;
  readonly #snapshot: KeptValue<Snapshot>;
  readonly #flush: () => Promise<void>;
  #waiting: Line[] = [];
  /** What the lines of the log say, at any time. */
  readonly #records = new Map<KeyText, ResourceRecord>();
  #lines = 0;
  /** Lines that the snapshot knows nothing of. */
  #fresh = 0;
  /** Every line of the log can be read. */
  #isWhole = true;

  constructor({ stateDir }: HostPaths, parts: Parts) {
    this.#parts = parts;
    this.#log = new AppendLog(join(stateDir, 'definitions.jsonl'));
    this.#snapshot = new KeptValue(join(stateDir, 'cache', 'definitions'), `records ${schemaVersion}`);
    this.#flush = grouped(() => this.#write());
  }

  has(text: KeyText): boolean {
    return this.#records.has(text);
  }

  /** The last line of each key. Lines that cannot be read are told to `bad`. */
  async load(bad: (error: unknown) => void): Promise<Iterable<ResourceRecord>> {
    const known = await this.#recall();
    let wrong: unknown;
    for (const text of this.#log.lines(known?.of.bytes)) {
      // The last one was cut off before anybody relied on it; any other is a loss.
      if (wrong !== undefined) {
        bad(wrong);
        this.#isWhole = false;
      }
      wrong = undefined;
      try {
        const line = unseal<Line>(text, this.#log.path);
        this.#note('record' in line ? { record: this.#parts.share(line.record) } : line);
      } catch (error) {
        wrong = error;
      }
    }
    // What cannot be read may be of a newer release: it is left where it is.
    if (this.#isWhole && this.#lines > 2 * this.#records.size + 1_000) await this.#compact();
    else this.#isWhole &&= wrong === undefined;
    return this.#records.values();
  }

  async put(record: ResourceRecord): Promise<void> {
    await this.#append({ record });
  }

  async delete(text: KeyText): Promise<void> {
    await this.#append({ deleted: text });
  }

  /** What the lines say, for the next start: it need not read them. */
  async keep(): Promise<void> {
    if (!this.#isWhole || this.#fresh < snapshotFrom) return;
    const of = this.#log.digest();
    if (!of) return;
    this.#fresh = 0;
    await this.#snapshot.save({ of, lines: this.#lines, records: this.#records });
  }

  /** A snapshot counts where the log begins with the very bytes that it was made of. */
  async #recall(): Promise<Snapshot | undefined> {
    const kept = await this.#snapshot.load();
    if (!kept || this.#log.digest(kept.of.bytes)?.sha256 !== kept.of.sha256) return undefined;
    for (const [text, record] of kept.records) this.#records.set(text, record);
    this.#lines = kept.lines;
    return kept;
  }

  async #compact(): Promise<void> {
    await this.#log.replace([...this.#records.values()].map((record) => seal({ record }).trimEnd()));
    this.#lines = this.#records.size;
    this.#fresh = this.#records.size;
  }

  #append(line: Line): Promise<void> {
    this.#waiting.push(line);
    return this.#flush();
  }

  async #write(): Promise<void> {
    const lines = this.#waiting.splice(0);
    try {
      this.#log.append(lines.map((line) => seal(line).trimEnd()));
    } catch (error) {
      // Some of it may stand there.
      this.#isWhole = false;
      throw error;
    }
    for (const line of lines) this.#note(line);
    await this.#log.sync();
  }

  #note(line: Line): void {
    this.#lines++;
    this.#fresh++;
    if ('deleted' in line) this.#records.delete(line.deleted);
    else this.#records.set(keyText(line.record.key), line.record);
  }
}
