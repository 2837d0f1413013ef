import type { TreeFile } from '../host/tree.ts';
import { textOf } from '../manifest/compose/spec-node.ts';
import type { Declared, DecodedFile } from '../manifest/decode.ts';
import { keyText } from '../model/resource.ts';
import type { MergeFile } from './merge.ts';
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

/** What one look at the tree found. */
export interface Look {
  /** Settled and not yet decoded as they are. */
  readonly due: readonly TreeFile[];
  /** Something is still changing: look again soon. */
  readonly unsettled: boolean;
  /** Monotonic time at which the first of them may have settled. */
  readonly settlesAt: number;
  /** Files that have been changing for too long to wait for. */
  readonly restless: readonly string[];
  /** What is declared may have changed. */
  readonly changed: boolean;
}

/** Longer than this nobody waits for a file that is written again and again. */
const patience = 10_000;

/**
 * The files of a source over time: a file counts when it has stayed as it is for the settle time, and a file that went
 * away counts as gone only after ten times that, so that a move is no removal. Times come in as data.
 */
export class FileTable {
  readonly #settle: number;
  readonly #files = new Map<string, KnownFile>();
  #first = true;

  constructor(settle: number) {
    this.#settle = settle;
  }

  get size(): number {
    return this.#files.size;
  }

  /**
   * `now` is monotonic, `wall` is what files' times are measured in; both in milliseconds. `aged`: what is new to us may
   * be old, and have settled.
   */
  look(files: readonly TreeFile[], now: number, wall: number, aged = this.#first): Look {
    const due: TreeFile[] = [];
    const restless: string[] = [];
    let changed = this.#first;
    let unsettled = false;
    let settlesAt = Number.POSITIVE_INFINITY;
    const present = new Set<string>();
    for (const file of files) {
      present.add(file.path);
      // At the first look, what is old has settled long ago.
      const age = aged || this.#first ? Math.max(0, wall - file.changedMs) : 0;
      const known = this.#known(file, now - age);
      changed ||= known.missingSince !== undefined;
      known.missingSince = undefined;
      if (known.signature !== file.signature) {
        known.signature = file.signature;
        known.since = now;
      }
      if (known.decodedSignature === file.signature) continue;
      known.restlessSince ??= now;
      if (now - known.since >= this.#settle) due.push(file);
      else {
        unsettled = true;
        settlesAt = Math.min(settlesAt, known.since + this.#settle);
        if (now - known.restlessSince > patience) restless.push(file.path);
      }
    }
    for (const [path, known] of this.#files) {
      if (present.has(path)) continue;
      known.missingSince ??= now;
      if (now - known.missingSince >= this.#settle * 10) {
        this.#files.delete(path);
        changed = true;
      } else unsettled = true;
    }
    return { due, unsettled, settlesAt, restless, changed };
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
    known.decoded = read.decoded;
    if (!read.decoded.diagnostics.some(({ severity }) => severity === 'error'))
      known.lastGood = read.decoded.declared;
    return true;
  }

  /** The first look is over: from now on, what appears has to settle. */
  started(): void {
    this.#first = false;
  }

  /** In order of names. What a file declared that went away yields to whoever declares it now: it was moved. */
  files(): MergeFile[] {
    const sorted = [...this.#files].sort(([a], [b]) => (a < b ? -1 : 1));
    const here = new Set(
      sorted.flatMap(([, { missingSince, decoded, lastGood = [] }]) =>
        missingSince === undefined
          ? [
              ...[...(decoded?.declared ?? []), ...lastGood].map(({ key }) => keyText(key)),
              ...waiting(decoded),
            ]
          : [],
      ),
    );
    const stays = ({ key }: Declared) => !here.has(keyText(key));
    const whatStays = (decoded: DecodedFile): DecodedFile => {
      const { parts, ...rest } = decoded;
      const moved = waiting(decoded).some((name) => here.has(name));
      return { ...rest, declared: decoded.declared.filter(stays), ...(parts && !moved ? { parts } : {}) };
    };
    return sorted.flatMap(([path, { decoded, lastGood, missingSince }]) => {
      if (!decoded) return [];
      const left = missingSince === undefined ? decoded : whatStays(decoded);
      const good = missingSince === undefined ? lastGood : lastGood?.filter(stays);
      return [{ path, decoded: left, ...(good ? { lastGood: good } : {}) }];
    });
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
}

/** What waits in a file to be put together with others, by name. */
function waiting(decoded: DecodedFile | undefined): string[] {
  const { documents = [], classes = [] } = decoded?.parts ?? {};
  return [
    ...documents.map((node) => `${textOf(node, 'kind')}/${textOf(node, 'metadata', 'name')}`),
    ...classes.map(({ name }) => `DomainClass/${name}`),
  ];
}
