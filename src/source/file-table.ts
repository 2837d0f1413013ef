import type { TreeFile } from '../host/tree.ts';
import { textOf } from '../manifest/compose/spec-node.ts';
import type { Declared } from '../manifest/declared.ts';
import type { DecodedFile } from '../manifest/decoded-file.ts';
import { keyText } from '../model/resource.ts';
import type { FileChange, MergeFile } from './merge.ts';
import type { SpecRead } from './read-spec.ts';

interface KnownFile {
  signature: string;
  /** Monotonic time since when it is as it is. */
  since: number;
  /** Monotonic time since when what it is differs from what was decoded. */
  restlessSince?: number | undefined;
  /** The signature that was decoded. */
  decodedSignature?: string | undefined;
  decoded?: DecodedFile;
  lastGood?: readonly Declared[];
  /** Monotonic time since when it is missing. */
  missingSince?: number | undefined;
}

/** What one look found. */
export interface Look {
  /** Settled and not yet decoded as they are. */
  readonly due: readonly TreeFile[];
  /** Something is still changing: look again soon. */
  readonly unsettled: boolean;
  /** Monotonic time at which the first of them may have settled. */
  readonly settlesAt: number;
  /** Files that have been changing for too long to wait for. */
  readonly restless: readonly string[];
}

/** Longer than this nobody waits for a file that is written again and again. */
const patience = 10_000;

/**
 * The files of a source over time: a file counts when it has stayed as it is for the settle time, and a file that went
 * away counts as gone only after ten times that, so that a move is no removal, and no other went after it. Times come in
 * as data.
 */
export class FileTable {
  readonly #settle: number;
  readonly #files = new Map<string, KnownFile>();
  /** Not settled, not decoded as they are, or missing: each look has to see them. */
  readonly #open = new Set<string>();
  readonly #missing = new Set<string>();
  /** Those whose part in the whole may be another one since it was last asked for. */
  readonly #changed = new Set<string>();
  /** What the files that are here declare, and how many of them do. */
  readonly #here = new Map<string, number>();
  #first = true;

  constructor(settle: number) {
    this.#settle = settle;
  }

  get size(): number {
    return this.#files.size;
  }

  get changed(): boolean {
    return this.#changed.size > 0;
  }

  /** Something was seen that was never read yet. */
  get hasUnread(): boolean {
    for (const path of this.#open) if (this.#files.get(path)?.decoded === undefined) return true;
    return false;
  }

  /** What every look has to see, whatever else it sees. */
  get open(): ReadonlySet<string> {
    return this.#open;
  }

  /**
   * All files. `now` is monotonic, `wall` is what files' times are measured in; both in milliseconds. `aged`: what is
   * new to us may be old, and have settled.
   */
  look(files: readonly TreeFile[], now: number, wall: number, aged = this.#first): Look {
    const present = new Set<string>();
    for (const { path } of files) present.add(path);
    const gone = [...this.#files.keys()].filter((path) => !present.has(path));
    return this.glance(files, gone, now, wall, aged);
  }

  /** As `look`, where no other file has changed than these and those that are open. */
  glance(
    files: readonly TreeFile[],
    gone: readonly string[],
    now: number,
    wall: number,
    aged = this.#first,
  ): Look {
    const due: TreeFile[] = [];
    const restless: string[] = [];
    let unsettled = false;
    let settlesAt = Number.POSITIVE_INFINITY;
    for (const file of files) {
      // At the first look, what is old has settled long ago.
      const age = aged || this.#first ? Math.max(0, wall - file.changedMs) : 0;
      const known = this.#known(file, now - age);
      if (known.missingSince !== undefined) this.#isBack(file.path, known);
      if (known.signature !== file.signature) {
        known.signature = file.signature;
        known.since = now;
      }
      if (known.decodedSignature === file.signature) {
        this.#open.delete(file.path);
        continue;
      }
      this.#open.add(file.path);
      known.restlessSince ??= now;
      if (now - known.since >= this.#settle) due.push(file);
      else {
        unsettled = true;
        settlesAt = Math.min(settlesAt, known.since + this.#settle);
        if (now - known.restlessSince > patience) restless.push(file.path);
      }
    }
    for (const path of gone) {
      const known = this.#files.get(path);
      if (known && known.missingSince === undefined) this.#isMissing(path, known, now);
    }
    this.#forgetMissing(now);
    return { due, unsettled: unsettled || this.#missing.size > 0, settlesAt, restless };
  }

  /** Files that go one after the other are gone together: whoever counts removals has to see them all. */
  #forgetMissing(now: number): void {
    const enough = this.#settle * 10;
    let shortest = Number.POSITIVE_INFINITY;
    for (const path of this.#missing) shortest = Math.min(shortest, this.#missingFor(path, now));
    for (const path of this.#missing) {
      const missing = this.#missingFor(path, now);
      if (shortest >= enough || missing >= enough + patience) this.#forget(path);
    }
  }

  #missingFor(path: string, now: number): number {
    return now - (this.#files.get(path)?.missingSince ?? now);
  }

  /** What reading a due file gave. False: it has not settled after all. */
  accept({ path, signature }: TreeFile, read: SpecRead | undefined, now: number): boolean {
    const known = this.#files.get(path);
    if (!known) return false;
    if (!read) {
      known.since = now;
      return false;
    }
    // A text without a line end may be half a file: it has to stay so for longer.
    const patient = this.#first || now - known.since >= this.#settle * 4;
    if (!read.whole && !patient) return false;
    known.decodedSignature = read.again ? undefined : signature;
    known.restlessSince = undefined;
    if (known.missingSince === undefined) this.#count(known, -1);
    known.decoded = read.decoded;
    if (!read.decoded.diagnostics.some(({ severity }) => severity === 'error'))
      known.lastGood = read.decoded.declared;
    if (known.missingSince === undefined) this.#count(known, 1);
    this.#changed.add(path);
    if (!read.again) this.#open.delete(path);
    return true;
  }

  /** The first look is over: from now on, what appears has to settle. */
  started(): void {
    this.#first = false;
  }

  /** What is another since the last time; with everything that is missing, whose part depends on all others. */
  changes(): FileChange[] {
    const paths = new Set([...this.#changed, ...this.#missing]);
    this.#changed.clear();
    return [...paths].map((path) => [path, this.file(path)]);
  }

  *all(): Iterable<MergeFile> {
    for (const path of this.#files.keys()) {
      const file = this.file(path);
      if (file) yield file;
    }
  }

  /** Its part in the whole. What a file declared that went away yields to whoever declares it now: it was moved. */
  file(path: string): MergeFile | undefined {
    const { decoded, lastGood, missingSince } = this.#files.get(path) ?? {};
    if (!decoded) return undefined;
    if (missingSince === undefined) return { path, decoded, ...(lastGood ? { lastGood } : {}) };
    const stays = ({ key }: Declared) => !this.#here.has(keyText(key));
    const { parts, ...rest } = decoded;
    const moved = waiting(decoded).some((name) => this.#here.has(name));
    const left = { ...rest, declared: decoded.declared.filter(stays), ...(parts && !moved ? { parts } : {}) };
    return { path, decoded: left, ...(lastGood ? { lastGood: lastGood.filter(stays) } : {}) };
  }

  /** What was read of every file, settled or not. */
  *contents(): Iterable<DecodedFile> {
    for (const { decoded } of this.#files.values()) if (decoded) yield decoded;
  }

  /** What may be kept for the next start. */
  *decoded(): Iterable<readonly [string, { signature: string; decoded: DecodedFile }]> {
    for (const [path, { decodedSignature: signature, decoded }] of this.#files)
      if (signature !== undefined && decoded) yield [path, { signature, decoded }];
  }

  #known({ path, signature }: TreeFile, since: number): KnownFile {
    const known = this.#files.get(path) ?? { signature, since };
    this.#files.set(path, known);
    return known;
  }

  #isMissing(path: string, known: KnownFile, now: number): void {
    known.missingSince = now;
    this.#count(known, -1);
    this.#missing.add(path);
    this.#open.add(path);
  }

  #isBack(path: string, known: KnownFile): void {
    known.missingSince = undefined;
    this.#count(known, 1);
    this.#missing.delete(path);
    this.#changed.add(path);
  }

  #forget(path: string): void {
    this.#files.delete(path);
    this.#missing.delete(path);
    this.#open.delete(path);
    this.#changed.add(path);
  }

  #count({ decoded, lastGood = [] }: KnownFile, by: 1 | -1): void {
    const names = [
      ...[...(decoded?.declared ?? []), ...lastGood].map(({ key }) => keyText(key)),
      ...waiting(decoded),
    ];
    for (const name of names) {
      const count = (this.#here.get(name) ?? 0) + by;
      if (count > 0) this.#here.set(name, count);
      else this.#here.delete(name);
    }
  }
}

/** What waits in a file to be put together with others, by name. */
function waiting(decoded: DecodedFile | undefined): string[] {
  const { documents = [], classes = [] } = decoded?.parts ?? {};
  return [
    ...documents.map((node) => `${textOf(node, 'kind')}/${textOf(node, 'metadata', 'name')}`),
    ...classes.map(({ name }) => `DomainClass/${name}`),
  ];
}
