import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Clock } from '../host/clock.ts';
import { readBytes, stat } from '../host/files.ts';
import { readTree, type Tree, type TreeFile } from '../host/tree.ts';
import { watchTree } from '../host/watch.ts';
import type { KindTable } from '../kinds/contract.ts';
import {
  type Declared,
  type DecodedFile,
  type DecodeOptions,
  decodeFile,
  fileLimits,
} from '../manifest/decode.ts';
import type { DiagnosticCode } from '../model/diagnostic.ts';
import type { Logger } from '../telemetry/log.ts';
import type { DesiredState, Source } from './contract.ts';
import { mergeSources } from './merge.ts';

export interface DirectoryOptions {
  readonly kinds: KindTable;
  readonly clock: Clock;
  readonly log: Logger;
  /** Milliseconds that a file must stay as it is before it counts. */
  readonly settle?: number;
  /** Milliseconds between full rescans: events are only hints. */
  readonly interval?: number;
  readonly decode?: DecodeOptions;
}

interface KnownFile {
  signature: string;
  /** Monotonic time since when it is as it is. */
  since: number;
  /** The signature that was decoded. */
  decodedSignature?: string;
  decoded?: DecodedFile;
  lastGood?: readonly Declared[];
  /** Monotonic time since when it is missing. */
  missingSince?: number;
}

const specName = /^[A-Za-z0-9][A-Za-z0-9._+-]*\.(ya?ml|xml)$/;
const directoryName = /^[A-Za-z0-9][A-Za-z0-9._+-]*$/;
const maxFiles = 50_000;

/** Specs below a directory, or one file. Level-triggered: every look reads the whole tree's facts, events only hasten it. */
export class DirectorySource implements Source {
  readonly origin: string;
  readonly #options: DirectoryOptions;
  readonly #settle: number;
  readonly #files = new Map<string, KnownFile>();
  #state: DesiredState | undefined;
  #root: string | undefined;
  #wake: () => void = () => undefined;
  #first = true;

  constructor(path: string, options: DirectoryOptions) {
    this.origin = resolve(path);
    this.#options = options;
    this.#settle = options.settle ?? 500;
  }

  rescan(): void {
    this.#wake();
  }

  async read(signal: AbortSignal): Promise<DesiredState> {
    for (;;) {
      const { state, unsettled } = await this.#look();
      if (!unsettled) return state;
      await this.#options.clock.sleep(Math.min(100, this.#settle), signal);
    }
  }

  async *changes(signal: AbortSignal): AsyncIterable<DesiredState> {
    const interval = this.#options.interval ?? 30_000;
    let watch = this.#watch();
    let published: DesiredState | undefined;
    try {
      while (!signal.aborted) {
        const hinted = this.#nextHint(signal);
        const root = this.#root;
        const { state, unsettled } = await this.#look();
        if (root !== undefined && this.#root !== root) {
          // Another directory under the same name: the old watch still looks at the one that went away.
          await watch?.close();
          watch = this.#watch();
        }
        if (!published || differs(published, state)) {
          published = state;
          yield state;
        }
        await Promise.race([
          hinted,
          this.#options.clock
            .sleep(unsettled ? Math.max(20, this.#settle / 4) : interval, signal)
            .catch(() => undefined),
        ]);
      }
    } finally {
      await watch?.close();
    }
  }

  #watch(): { close(): Promise<void> } | undefined {
    try {
      return watchTree(this.origin, () => this.#wake(), {
        ignored: (path) => path !== this.origin && !acceptable(path),
      });
    } catch (error) {
      this.#options.log.warn('cannot watch, rescans only', { path: this.origin, error: String(error) });
      return undefined;
    }
  }

  #nextHint(signal: AbortSignal): Promise<void> {
    return new Promise((done) => {
      this.#wake = done;
      signal.addEventListener('abort', () => done(), { once: true });
    });
  }

  /** One look at everything. `unsettled`: something is still changing. */
  async #look(): Promise<{ state: DesiredState; unsettled: boolean }> {
    let tree: Tree;
    try {
      tree = await this.#tree();
    } catch (error) {
      return {
        state: this.#freeze(`${this.origin} cannot be read: ${(error as Error).message}`),
        unsettled: false,
      };
    }
    if (this.#root !== undefined && tree.root !== this.#root && tree.files.length === 0) {
      return { state: this.#freeze(`${this.origin} was replaced by an empty directory`), unsettled: false };
    }
    this.#root = tree.root;
    const now = this.#options.clock.monotonic();
    let changed = this.#first;
    let unsettled = false;
    for (const file of tree.files) {
      const result = await this.#visit(file, now);
      changed ||= result === 'changed';
      unsettled ||= result === 'unsettled';
    }
    const present = new Set(tree.files.map(({ path }) => path));
    for (const [path, known] of this.#files) {
      if (present.has(path)) continue;
      known.missingSince ??= now;
      if (now - known.missingSince >= this.#settle * 2) {
        this.#files.delete(path);
        changed = true;
      } else unsettled = true;
    }
    this.#first = false;
    if (this.#files.size === 0 && this.#state && this.#state.declared.size > 0)
      return { state: this.#freeze(`${this.origin} is empty`), unsettled };
    if (changed || !this.#state || this.#state.frozen !== undefined)
      this.#state = this.#merge(tree, unsettled);
    return { state: this.#state, unsettled };
  }

  async #tree(): Promise<Tree> {
    const facts = await stat(this.origin);
    if (!facts) throw new Error('there is no such directory');
    if (facts.isDirectory)
      return readTree(this.origin, {
        maxFiles,
        accept: (name, isDirectory) => (isDirectory ? directoryName : specName).test(name),
      });
    const directory = await readTree(dirname(this.origin), {
      maxFiles,
      accept: (name, isDirectory) => !isDirectory && name === basename(this.origin),
    });
    return directory;
  }

  async #visit(file: TreeFile, now: number): Promise<'same' | 'changed' | 'unsettled'> {
    let known = this.#files.get(file.path);
    if (!known) {
      // At the first look what is old has settled long ago.
      const age = this.#first ? Date.now() - file.mtimeMs : 0;
      known = { signature: file.signature, since: now - Math.max(0, age) };
      this.#files.set(file.path, known);
    }
    delete known.missingSince;
    if (known.signature !== file.signature) {
      known.signature = file.signature;
      known.since = now;
    }
    if (known.decodedSignature === file.signature) return 'same';
    if (now - known.since < this.#settle) return 'unsettled';
    const decoded = await this.#decode(file, now - known.since >= this.#settle * 4);
    if (decoded === 'unfinished') return 'unsettled';
    known.decodedSignature = file.signature;
    known.decoded = decoded;
    if (!decoded.diagnostics.some(({ severity }) => severity === 'error')) known.lastGood = decoded.declared;
    return 'changed';
  }

  /** A text without a line end may be half a file: it has to stay so for longer. */
  async #decode({ path, size }: TreeFile, patient: boolean): Promise<DecodedFile | 'unfinished'> {
    const file = this.#shown(path);
    const wrong = (code: DiagnosticCode, message: string): DecodedFile => ({
      declared: [],
      mentioned: [],
      diagnostics: [{ severity: 'error', code, message, file, line: 1, column: 1 }],
    });
    if (size > fileLimits.bytes)
      return wrong('file-too-large', `${size} bytes, ${fileLimits.bytes} is the most`);
    let text: string;
    try {
      const full = (await stat(this.origin))?.isDirectory ? join(this.origin, path) : this.origin;
      text = new TextDecoder('utf-8', { fatal: true }).decode(await readBytes(full, fileLimits.bytes));
    } catch (error) {
      const encoding = error instanceof TypeError;
      return wrong(
        encoding ? 'file-encoding' : 'file-unreadable',
        encoding ? 'not UTF-8' : (error as Error).message,
      );
    }
    if (!text.endsWith('\n') && !patient && !this.#first) return 'unfinished';
    return decodeFile({ path: file, text }, this.#options.kinds, this.#options.decode);
  }

  #merge(tree: Tree, unsettled: boolean): DesiredState {
    const files = [...this.#files]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([path, { decoded, lastGood }]) =>
        decoded ? [{ path, decoded, ...(lastGood ? { lastGood } : {}) }] : [],
      );
    const [refused] = tree.refused;
    const frozen = refused
      ? `${refused.path}: ${refused.reason}`
      : unsettled && files.length < this.#files.size
        ? 'files are still being written'
        : undefined;
    return mergeSources(files, this.#options.kinds, frozen);
  }

  #freeze(reason: string): DesiredState {
    const before = this.#state;
    if (before?.frozen === reason) return before;
    this.#state = before
      ? { ...before, complete: false, frozen: reason }
      : {
          revision: '',
          declared: new Map(),
          diagnostics: [
            { severity: 'error', code: 'source-unavailable', message: reason, file: this.origin },
          ],
          problems: new Map(),
          complete: false,
          frozen: reason,
        };
    return this.#state;
  }

  /** Paths as a person at the command line would write them. */
  #shown(path: string): string {
    const isFile = basename(this.origin) === path && specName.test(basename(this.origin));
    const full = isFile ? this.origin : join(this.origin, path);
    const near = relative(process.cwd(), full);
    return near.startsWith('..') ? full : near;
  }
}

function acceptable(path: string): boolean {
  const name = basename(path);
  return specName.test(name) || directoryName.test(name);
}

function differs(a: DesiredState, b: DesiredState): boolean {
  if (a === b) return false;
  return (
    a.revision !== b.revision ||
    a.frozen !== b.frozen ||
    JSON.stringify([...a.problems]) !== JSON.stringify([...b.problems]) ||
    a.diagnostics.length !== b.diagnostics.length
  );
}
