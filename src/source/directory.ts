import { basename, dirname, resolve } from 'node:path';
import type { Clock } from '../host/clock.ts';
import type { Tree, TreeFile } from '../host/tree.ts';
import { DirectoryWatch } from '../host/watch.ts';
import type { KindTable } from '../kinds/contract.ts';
import { overlayFile } from '../manifest/compose/overlay.ts';
import { isWithin } from '../manifest/compose/paths.ts';
import type { Values } from '../manifest/compose/substitute.ts';
import type { DecodeOptions } from '../manifest/decoded-file.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Logger } from '../telemetry/log.ts';
import { Composer, type Lent, wantedBy } from './composer.ts';
import type { DesiredState, Source } from './contract.ts';
import { DecodeCache } from './decode-cache.ts';
import { Decoder } from './decoder.ts';
import { asFound, DirectoryTree, type Glance } from './directory-tree.ts';
import { FileTable, type Look } from './file-table.ts';
import { Merger } from './merge.ts';
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
  readonly #tree: DirectoryTree;
  readonly #merger: Merger;
  #composer: Composer | undefined;
  #watch: DirectoryWatch | undefined;
  /** What the files say, and with it what is wrong with the directory itself. */
  #merged: DesiredState | undefined;
  #own: readonly Diagnostic[] = [];
  #isFrozen = false;
  #state: DesiredState | undefined;
  #root: string | undefined;
  #refused: Tree['refused'] = [];
  #lent: readonly Lent[] = [];
  #looked = false;
  /** Files decoded since the cache was written. */
  #unsaved = 0;
  #hinted = false;
  /** Paths that something was said of since the last look; undefined: look at everything. */
  #hints: Set<string> | undefined;
  /** Monotonic time of the last look at everything. */
  #lookedAt = Number.NEGATIVE_INFINITY;
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
    this.#tree = new DirectoryTree(this.origin, options.values !== undefined);
    this.#merger = new Merger(options.kinds);
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
      this.#hints = undefined;
      const { state, unsettled, restless } = await this.#look();
      if (!unsettled || restless.length > 0) return state;
      await this.#options.clock.sleep(Math.min(100, this.#settle), signal);
    }
  }

  async *changes(signal: AbortSignal): AsyncIterable<DesiredState> {
    const { interval = 30_000, clock, log } = this.#options;
    let polling = false;
    this.#watch = new DirectoryWatch(
      (path) => this.#hint(path),
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
        if (began - this.#lookedAt >= interval) this.#hints = undefined;
        const { state, unsettled, settlesAt = 0 } = await this.#look();
        if (published !== state) {
          published = state;
          yield state;
        }
        // However many hints come, looking takes half of the time at most.
        if (!signal.aborted) await this.#pause(Math.max(coolDown, clock.monotonic() - began));
        if (this.#hinted || signal.aborted) continue;
        // Not before it can have settled, and not long after.
        const due = Math.max(1, settlesAt - clock.monotonic());
        const again = settlesAt > began ? Math.min(due, this.#settle) : Math.max(20, this.#settle / 4);
        const rest = Math.max(1, this.#lookedAt + interval - clock.monotonic());
        await this.#pause(unsettled ? again : rest, true);
      }
    } finally {
      signal.removeEventListener('abort', end);
      this.#watch.close();
    }
  }

  #hint(path?: string): void {
    this.#hinted = true;
    if (path === undefined) this.#hints = undefined;
    else this.#hints?.add(path);
    if (this.#hintWakes) this.#wake();
  }

  async #pause(ms: number, hintWakes = false): Promise<void> {
    const ended = new AbortController();
    this.#wake = () => ended.abort();
    this.#hintWakes = hintWakes;
    await this.#options.clock.sleep(ms, ended.signal).catch(() => undefined);
    this.#hintWakes = false;
  }

  /** A look at what was said to have changed, or at everything. */
  async #look(): Promise<Seen> {
    try {
      const hints = this.#hints;
      this.#hints = new Set();
      const glance = hints && (await this.#tree.glance(hints, this.#table.open));
      return (glance && (await this.#glanceAt(glance))) ?? (await this.#lookAtAll());
    } catch (error) {
      this.#hints = undefined;
      this.#watch?.set(this.#tree.directory, []);
      const reason = `${this.origin} cannot be read: ${(error as Error).message}`;
      return { state: this.#freeze(reason), unsettled: false, restless: [] };
    }
  }

  /** undefined: what changed asks for files that were not read. */
  async #glanceAt({ files, gone }: Glance): Promise<Seen | undefined> {
    const { clock } = this.#options;
    const look = this.#table.glance(files, gone, clock.monotonic(), clock.now().getTime());
    const unsettled = await this.#readDue(look, files.length);
    return this.#needsMore() ? undefined : this.#conclude(look, unsettled);
  }

  async #lookAtAll(): Promise<Seen> {
    const { clock } = this.#options;
    for (let round = 0; ; round++) {
      this.#lookedAt = clock.monotonic();
      const { root, files, directories, refused } = await this.#tree.read(this.#lent);
      // What changed between the look at a directory and its watch nobody would say.
      if (this.#watch?.set(this.#tree.directory, directories)) this.#hint();
      this.#refused = refused;
      if (this.#root !== undefined && root !== this.#root && files.length === 0) {
        this.#hints = undefined;
        const reason = `${this.origin} was replaced by an empty directory`;
        return { state: this.#freeze(reason), unsettled: false, restless: [] };
      }
      this.#root = root;
      const aged = round > 0 ? true : undefined;
      const look = this.#table.look(files, clock.monotonic(), clock.now().getTime(), aged);
      const unsettled = await this.#readDue(look, files.length);
      // Overlays may name what was not read yet.
      if (!this.#needsMore() || round >= maxRounds) return this.#conclude(look, unsettled);
    }
  }

  #conclude({ restless, settlesAt }: Look, unsettled: boolean): Seen {
    this.#table.started();
    if (this.#table.size === 0 && this.#state && this.#state.declared.size > 0) {
      const state = this.#freeze(`${this.origin} is empty`);
      return { state, unsettled, settlesAt, restless };
    }
    const before = this.#state;
    const isDue = this.#table.changed || restless.length > 0 || this.#refused.length > 0;
    const state = !before || isDue || before.frozen !== undefined ? this.#merge(unsettled, restless) : before;
    return { state, unsettled, settlesAt, restless };
  }

  /** Whether overlays, or a file that does not stand for itself, ask for files that this tree has not. */
  #needsMore(): boolean {
    if (!this.#table.changed) return false;
    const waiting = [...this.#table.contents()].filter(({ parts }) => parts);
    if (this.#tree.isFile && !this.#tree.inCompany && waiting.length > 0) {
      this.#tree.inCompany = true;
      return true;
    }
    const { boundary = '', directory } = this.#tree;
    const wanted = wantedBy(waiting, boundary, (path) => isWithin(path, directory));
    const before = this.#lent.map(({ path }) => path).join('|');
    this.#lent = wanted;
    return wanted.map(({ path }) => path).join('|') !== before;
  }

  /** True: something is still changing. */
  async #readDue(look: Look, files: number): Promise<boolean> {
    let { unsettled } = look;
    const { clock } = this.#options;
    const known = !this.#looked && files > cacheFrom ? await this.#cache?.load() : undefined;
    const accept = (file: TreeFile, read: SpecRead | undefined) => {
      const settled = this.#table.accept(file, read, clock.monotonic());
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
        path: this.#tree.full(path),
        shown: this.#tree.full(path),
        size,
        ...asFound(signature),
      })),
    );
    for (const [at, file] of fresh.entries()) accept(file, reads[at]);
    this.#looked = true;
    this.#unsaved += fresh.length;
    if (this.#unsaved > cacheFrom && !unsettled) await this.#keep();
    return unsettled;
  }

  async #keep(): Promise<void> {
    this.#unsaved = 0;
    try {
      await this.#cache?.save(this.#table.decoded());
    } catch (error) {
      this.#options.log.warn('cannot keep decoded specs', { error: (error as Error).message });
    }
  }

  #merge(unsettled: boolean, restless: readonly string[]): DesiredState {
    const [refused] = this.#refused;
    const frozen = refused
      ? `${refused.path}: ${refused.reason}`
      : unsettled && this.#table.hasUnread
        ? 'files are still being written'
        : undefined;
    this.#composer ??= new Composer({ ...this.#options, root: this.#tree.boundary ?? '' });
    const composed = this.#composer.update(
      this.#table.changes(),
      () => this.#table.all(),
      (path) => this.#tree.membership(path),
    );
    const own: Diagnostic[] = [
      ...this.#refused.map(({ path, reason }) => this.#diagnostic('file-unreadable', path, reason)),
      ...restless.map((path) =>
        this.#diagnostic('file-unsettled', path, 'is written again and again; what it last said holds'),
      ),
    ];
    const merged = this.#merger.update(composed, frozen);
    const same = merged === this.#merged && JSON.stringify(own) === JSON.stringify(this.#own);
    if (same && this.#state && !this.#isFrozen) return this.#state;
    this.#merged = merged;
    this.#own = own;
    this.#isFrozen = false;
    this.#state = own.length === 0 ? merged : { ...merged, diagnostics: [...merged.diagnostics, ...own] };
    return this.#state;
  }

  #diagnostic(code: Diagnostic['code'], path: string, message: string): Diagnostic {
    return { severity: 'error', code, message, file: this.#tree.full(path) };
  }

  /** Nothing can be seen: what was wanted last is still wanted. */
  #freeze(reason: string): DesiredState {
    const before = this.#state;
    this.#isFrozen = true;
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
}

/** What a look found. */
interface Seen {
  readonly state: DesiredState;
  readonly unsettled: boolean;
  readonly settlesAt?: number;
  readonly restless: readonly string[];
}
