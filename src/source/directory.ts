import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import type { Clock } from '../host/clock.ts';
import { stat } from '../host/files.ts';
import { readTree, type Tree, type TreeFile, workTreeOf } from '../host/tree.ts';
import { DirectoryWatch } from '../host/watch.ts';
import type { KindTable } from '../kinds/contract.ts';
import { overlayFile } from '../manifest/compose/overlay.ts';
import { isWithin } from '../manifest/compose/paths.ts';
import type { Values } from '../manifest/compose/substitute.ts';
import { isOverlayFile, ruledBy } from '../manifest/compose/units.ts';
import type { DecodeOptions } from '../manifest/decode.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Logger } from '../telemetry/log.ts';
import { Composer, type Lent, wantedBy } from './composer.ts';
import type { DesiredState, Source } from './contract.ts';
import { DecodeCache } from './decode-cache.ts';
import { Decoder } from './decoder.ts';
import { FileTable, type Look } from './file-table.ts';
import { mergeSources } from './merge.ts';
import type { SpecRead } from './read-spec.ts';

export interface DirectoryOptions {
  readonly kinds: KindTable;
  readonly clock: Clock;
  readonly log: Logger;
  /** Milliseconds that a file must stay as it is before it counts. */
  readonly settle?: number;
  /** Milliseconds between full rescans: events are only hints. */
  readonly interval?: number;
  readonly decode?: DecodeOptions;
  /** What references stand for, whatever overlays say. */
  readonly values?: Values;
  /** Entry of a decoding thread, for many files. */
  readonly worker?: URL;
  /** Where decoded files are kept for the next start, and for which release. */
  readonly cache?: { readonly path: string; readonly release: string };
}

const specName = /^[A-Za-z0-9][A-Za-z0-9._+-]*\.(ya?ml|xml)$/;
const directoryName = /^[A-Za-z0-9][A-Za-z0-9._+-]*$/;
const maxFiles = 50_000;
/** Bases of bases are found one after the other. */
const maxRounds = 10;
/** From so many files on, decoding again costs more than a cache. */
const cacheFrom = 200;
/** The shortest time between two looks, however many hints come. */
const coolDown = 50;

/** Specs below a directory, or one file. Level-triggered: every look reads the whole tree's facts, events only hasten it. */
export class DirectorySource implements Source {
  readonly origin: string;
  readonly #options: DirectoryOptions;
  readonly #settle: number;
  readonly #table: FileTable;
  readonly #decoder: Decoder;
  readonly #cache: DecodeCache | undefined;
  #state: DesiredState | undefined;
  #root: string | undefined;
  #isFile = false;
  #composer: Composer | undefined;
  /** The directory that bases may lie in: the work tree, where there is one. */
  #boundary = '';
  /** Of a single file: it needs those beside it. */
  #inCompany = false;
  #lent: readonly Lent[] = [];
  #looked = false;
  #changed = false;
  /** Files decoded since the cache was written. */
  #unsaved = 0;
  #hinted = false;
  #hintWakes = false;
  #wake: () => void = () => undefined;

  constructor(path: string, options: DirectoryOptions) {
    const { cache, decode = {}, settle = 500 } = options;
    // An overlay is its directory.
    this.origin = basename(path) === overlayFile ? dirname(resolve(path)) : resolve(path);
    this.#options = options;
    this.#settle = settle;
    this.#table = new FileTable(settle);
    this.#decoder = new Decoder(options);
    // What is kept names files as people see them from here, and depends on how strict decoding was.
    const release = `${cache?.release} ${JSON.stringify([decode, this.origin])}`;
    this.#cache = cache && new DecodeCache(cache.path, release);
  }

  /** Forces a look, without waiting for a hint. */
  rescan(): void {
    this.#hint();
  }

  async read(signal: AbortSignal): Promise<DesiredState> {
    for (;;) {
      const { state, unsettled, restless } = await this.#look();
      if (!unsettled || restless.length > 0) return state;
      await this.#options.clock.sleep(Math.min(100, this.#settle), signal);
    }
  }

  async *changes(signal: AbortSignal): AsyncIterable<DesiredState> {
    const { interval = 30_000, clock, log } = this.#options;
    let polling = false;
    const watch = new DirectoryWatch(
      () => this.#hint(),
      (error) => {
        if (!polling) log.warn('cannot watch, rescans only', { path: this.origin, error: error.message });
        polling = true;
      },
    );
    const end = () => this.#wake();
    signal.addEventListener('abort', end, { once: true });
    let published: DesiredState | undefined;
    try {
      while (!signal.aborted) {
        this.#hinted = false;
        const began = clock.monotonic();
        const { state, unsettled, settlesAt = 0, tree } = await this.#look();
        watch.set(this.#isFile ? dirname(this.origin) : this.origin, tree?.directories ?? []);
        if (!published || differs(published, state)) {
          published = state;
          yield state;
        }
        // However many hints come, looking takes half of the time at most.
        if (!signal.aborted) await this.#pause(Math.max(coolDown, clock.monotonic() - began));
        if (this.#hinted || signal.aborted) continue;
        // Not before it can have settled, and not long after.
        const due = Math.max(1, settlesAt - clock.monotonic());
        const again = settlesAt > began ? Math.min(due, this.#settle) : Math.max(20, this.#settle / 4);
        await this.#pause(unsettled ? again : interval, true);
      }
    } finally {
      signal.removeEventListener('abort', end);
      watch.close();
    }
  }

  #hint(): void {
    this.#hinted = true;
    if (this.#hintWakes) this.#wake();
  }

  async #pause(ms: number, hintWakes = false): Promise<void> {
    const ended = new AbortController();
    this.#wake = () => ended.abort();
    this.#hintWakes = hintWakes;
    await this.#options.clock.sleep(ms, ended.signal).catch(() => undefined);
    this.#hintWakes = false;
  }

  /** One look at everything. */
  async #look(): Promise<{
    state: DesiredState;
    unsettled: boolean;
    settlesAt?: number;
    restless: readonly string[];
    tree?: Tree;
  }> {
    try {
      for (let round = 0; ; round++) {
        const tree = await this.#tree();
        if (this.#root !== undefined && tree.root !== this.#root && tree.files.length === 0) {
          const reason = `${this.origin} was replaced by an empty directory`;
          return { state: this.#freeze(reason), unsettled: false, restless: [], tree };
        }
        this.#root = tree.root;
        const found = await this.#lookAt(tree, round > 0);
        // Overlays may name what was not read yet.
        if (!this.#needsMore() || round >= maxRounds) return this.#conclude(tree, found);
      }
    } catch (error) {
      const reason = `${this.origin} cannot be read: ${(error as Error).message}`;
      return { state: this.#freeze(reason), unsettled: false, restless: [] };
    }
  }

  async #lookAt(tree: Tree, again: boolean): Promise<{ look: Look; changed: boolean; unsettled: boolean }> {
    const { clock } = this.#options;
    const look = this.#table.look(tree.files, clock.monotonic(), clock.now().getTime(), again);
    const { changed, unsettled } = await this.#readDue(look, tree);
    this.#changed ||= changed;
    return { look, changed, unsettled };
  }

  #conclude(
    tree: Tree,
    { look, unsettled }: { look: Look; unsettled: boolean },
  ): { state: DesiredState; unsettled: boolean; settlesAt: number; restless: readonly string[]; tree: Tree } {
    const { restless, settlesAt } = look;
    this.#table.started();
    const changed = this.#changed;
    this.#changed = false;
    if (this.#table.size === 0 && this.#state && this.#state.declared.size > 0)
      return { state: this.#freeze(`${this.origin} is empty`), unsettled, settlesAt, restless, tree };
    if (changed || restless.length > 0 || !this.#state || this.#state.frozen !== undefined)
      this.#state = this.#merge(tree, unsettled, restless);
    return { state: this.#state, unsettled, settlesAt, restless, tree };
  }

  /** Whether overlays, or a file that does not stand for itself, ask for files that this tree has not. */
  #needsMore(): boolean {
    if (!this.#changed) return false;
    const decoded = this.#table.files().map((file) => file.decoded);
    if (this.#isFile && !this.#inCompany && decoded.some(({ parts }) => parts)) {
      this.#inCompany = true;
      return true;
    }
    const wanted = wantedBy(decoded, this.#boundary, (path) => isWithin(path, this.#directory));
    const before = this.#lent.map(({ path }) => path).join('|');
    this.#lent = wanted;
    return wanted.map(({ path }) => path).join('|') !== before;
  }

  async #readDue(look: Look, tree: Tree): Promise<{ changed: boolean; unsettled: boolean }> {
    let { changed, unsettled } = look;
    const { clock } = this.#options;
    const known = !this.#looked && tree.files.length > cacheFrom ? await this.#cache?.load() : undefined;
    const accept = (file: TreeFile, read: SpecRead | undefined) => {
      const settled = this.#table.accept(file, read, clock.monotonic());
      changed ||= settled;
      unsettled ||= !settled;
    };
    const fresh: TreeFile[] = [];
    for (const file of look.due) {
      const row = known?.get(file.path);
      if (row?.signature === file.signature) accept(file, { decoded: row.decoded, whole: true });
      else fresh.push(file);
    }
    const reads = await this.#decoder.decode(
      fresh.map(({ path, size, signature }) => ({
        path: this.#full(path),
        shown: this.#full(path),
        size,
        ...asFound(signature),
      })),
    );
    for (const [at, file] of fresh.entries()) accept(file, reads[at]);
    this.#looked = true;
    this.#unsaved += fresh.length;
    if (this.#unsaved > cacheFrom && !unsettled) await this.#keep();
    return { changed, unsettled };
  }

  async #keep(): Promise<void> {
    this.#unsaved = 0;
    try {
      await this.#cache?.save(this.#table.decoded());
    } catch (error) {
      this.#options.log.warn('cannot keep decoded specs', { error: (error as Error).message });
    }
  }

  async #tree(): Promise<Tree> {
    const facts = await stat(this.origin);
    if (!facts) throw new Error('there is no such file or directory');
    this.#isFile = !facts.isDirectory;
    if (!this.#composer) {
      this.#boundary = (await workTreeOf(this.#directory)) ?? this.#directory;
      this.#composer = new Composer({ ...this.#options, root: this.#boundary });
    }
    const own = basename(this.origin);
    if (this.#isFile && !specName.test(own))
      throw new Error('the name of a spec ends with .yaml, .yml or .xml');
    this.#inCompany ||= this.#isFile && (await stat(join(this.#directory, overlayFile)))?.isFile === true;
    const alone = this.#isFile && !this.#inCompany;
    const tree = await readTree(this.#directory, {
      maxFiles,
      accept: (name, isDirectory) =>
        alone ? !isDirectory && name === own : (isDirectory ? directoryName : specName).test(name),
    });
    const whole = await this.#withLent(tree);
    const { files: found } = whole;
    if (!this.#composer.keepsAll && !found.some(({ path }) => isOverlayFile(path))) return whole;
    const ruled = this.#composer.keepsAll ? () => true : ruledBy(found.map(({ path }) => this.#full(path)));
    const files = found.map((file) => (ruled(this.#full(file.path)) ? asKept(file) : file));
    return { ...whole, files };
  }

  /** With what overlays name outside this directory, under its full name. */
  async #withLent(tree: Tree): Promise<Tree> {
    let { files, directories, refused } = tree;
    for (const { path, isFile } of this.#lent) {
      const directory = isFile ? dirname(path) : path;
      if ((await stat(directory))?.isDirectory !== true) continue;
      const named = <T extends { readonly path: string }>(item: T): T => ({
        ...item,
        path: join(directory, item.path),
      });
      try {
        const lent = await this.#readLent(directory, isFile ? basename(path) : undefined);
        files = [...files, ...lent.files.map(named)];
        directories = [...directories, ...lent.directories];
        refused = [...refused, ...lent.refused.map(named)];
      } catch (error) {
        refused = [...refused, { path, reason: (error as Error).message }];
      }
    }
    const unique = new Map(files.map((file) => [this.#full(file.path), file]));
    return { ...tree, files: [...unique.values()], directories, refused };
  }

  #readLent(directory: string, only: string | undefined): Promise<Tree> {
    return readTree(directory, {
      maxFiles,
      within: this.#boundary,
      accept: (name, isDirectory) =>
        only === undefined
          ? (isDirectory ? directoryName : specName).test(name)
          : !isDirectory && name === only,
    });
  }

  get #directory(): string {
    return this.#isFile ? dirname(this.origin) : this.origin;
  }

  #merge(tree: Tree, unsettled: boolean, restless: readonly string[]): DesiredState {
    const files = this.#table.files();
    const [refused] = tree.refused;
    const frozen = refused
      ? `${refused.path}: ${refused.reason}`
      : unsettled && files.length < this.#table.size
        ? 'files are still being written'
        : undefined;
    const composed = this.#composer?.compose(files, (path) => {
      const file = this.#full(path);
      const aside = this.#isFile && file !== this.origin;
      return { file, aside: aside && !isAbsolute(path), lent: aside || isAbsolute(path) };
    });
    const state = mergeSources(composed ?? files, this.#options.kinds, frozen);
    const own: Diagnostic[] = [
      ...tree.refused.map(({ path, reason }) => this.#diagnostic('file-unreadable', path, reason)),
      ...restless.map((path) =>
        this.#diagnostic('file-unsettled', path, 'is written again and again; what it last said holds'),
      ),
    ];
    return own.length === 0 ? state : { ...state, diagnostics: [...state.diagnostics, ...own] };
  }

  #diagnostic(code: Diagnostic['code'], path: string, message: string): Diagnostic {
    return { severity: 'error', code, message, file: this.#full(path) };
  }

  /** Nothing can be seen: what was wanted last is still wanted. */
  #freeze(reason: string): DesiredState {
    const before = this.#state;
    if (before?.frozen === reason) return before;
    const unavailable = this.#diagnostic('source-unavailable', '', reason);
    this.#state = {
      revision: '',
      declared: new Map(),
      problems: new Map(),
      ...before,
      diagnostics: [
        ...(before?.diagnostics ?? []).filter(({ code }) => code !== 'source-unavailable'),
        unavailable,
      ],
      complete: false,
      frozen: reason,
    };
    return this.#state;
  }

  #full(path: string): string {
    return isAbsolute(path) ? path : join(this.#directory, path);
  }
}

/** A file is decoded anew when an overlay begins or ends to rule it: that is part of what it looks like. */
function asKept(file: TreeFile): TreeFile {
  return { ...file, signature: `${file.signature} kept` };
}

function asFound(signature: string): { readonly signature: string; readonly keep: boolean } {
  const [found = '', kept] = signature.split(' ');
  return { signature: found, keep: kept !== undefined };
}

function differs(a: DesiredState, b: DesiredState): boolean {
  if (a === b) return false;
  return (
    a.revision !== b.revision ||
    a.frozen !== b.frozen ||
    [...b.declared].some(([text, { file }]) => a.declared.get(text)?.file !== file) ||
    JSON.stringify([...a.problems, ...a.diagnostics]) !== JSON.stringify([...b.problems, ...b.diagnostics])
  );
}
