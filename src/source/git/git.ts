import { join } from 'node:path';
import type { Clock } from '../../host/clock.ts';
import { ensureDir } from '../../host/files.ts';
import type { KindTable } from '../../kinds/contract.ts';
import type { Values } from '../../manifest/compose/substitute.ts';
import type { DecodeOptions } from '../../manifest/decoded-file.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { Failure, toFailure } from '../../model/failure.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { Commit, DesiredState, Source, SourcePast, SourceReport } from '../contract.ts';
import { Merger } from '../merge.ts';
import { approvalsIn, thoseThatStand } from './approvals.ts';
import { SourceConditions } from './conditions.ts';
import { explainFetch } from './explain-fetch.ts';
import { Mirror } from './mirror.ts';
import type { GitOptions } from './options.ts';
import { pastOf } from './past.ts';
import { Pin } from './pin.ts';
import { gitSetup } from './setup.ts';
import { SpecTree } from './spec-tree.ts';
import type { TrailedCommit } from './trailers.ts';
import { branchName, type GitUrl, gitUrl, insidePath } from './url.ts';

export interface GitSourceOptions extends GitOptions {
  readonly kinds: KindTable;
  readonly clock: Clock;
  readonly log: Logger;
  /** Our own: the mirror, keys, what was decoded. */
  readonly directory: string;
  /** Milliseconds between fetches; a webhook hastens one. */
  readonly interval?: number;
  readonly decode?: DecodeOptions;
  /** What references stand for, whatever overlays say. */
  readonly values?: Values;
  readonly worker?: URL;
  /** Changes with every change of what decoding gives. */
  readonly release?: string;
  /** Somebody should know at once: a rewound or unverified branch. */
  alarm?(reason: string, message: string): void;
}

/** Milliseconds between two looks at least: hooks may come, and be sent again, as often as anybody likes. */
const breath = 500;

/** How a git source is named wherever sources are: `URL#branch:path`. */
export function gitOrigin({ url, branch, path = '' }: Pick<GitOptions, 'url' | 'branch' | 'path'>): string {
  return `${gitUrl(url).text}#${branchName(branch)}:${insidePath(path) || '.'}`;
}

/**
 * Specs in a branch of a git repository. Blobs of one commit are read, the newest that goes on from the one before and
 * whose signature counts; whatever else is pushed, what was last good holds.
 */
export class GitSource implements Source {
  readonly origin: string;
  readonly #options: GitSourceOptions;
  readonly #url: GitUrl;
  readonly #path: string;
  readonly #conditions: SourceConditions;
  readonly #pin: Pin;
  readonly #tree: SpecTree;
  readonly #merger: Merger;
  #mirror: Mirror | undefined;
  #state: DesiredState | undefined;
  #commit: Commit | undefined;
  /** What was looked at and refused: said once, not with every fetch. */
  #refused: string | undefined;
  #asked = false;
  #begun = false;
  #wake: () => void = () => undefined;

  constructor(options: GitSourceOptions) {
    this.origin = gitOrigin(options);
    this.#options = options;
    this.#url = gitUrl(options.url);
    this.#path = insidePath(options.path ?? '');
    this.#conditions = new SourceConditions(options.clock);
    this.#pin = new Pin(join(options.directory, 'pin.json'));
    this.#tree = new SpecTree(this.#path, options);
    this.#merger = new Merger(options.kinds);
  }

  rescan(): void {
    this.#asked = true;
    this.#wake();
  }

  report(): SourceReport {
    const { interval = 60_000 } = this.#options;
    return {
      origin: this.origin,
      ...(this.#commit ? { commit: this.#commit } : {}),
      ...(this.#state?.frozen === undefined ? {} : { frozen: this.#state.frozen }),
      resources: this.#state?.declared.size ?? 0,
      conditions: this.#conditions.all(Math.max(10 * interval, 600_000)),
    };
  }

  /** Of the commit that holds. The older history is fetched when it is asked for. */
  past(): SourcePast | undefined {
    const mirror = this.#mirror;
    const commit = this.#commit?.id;
    if (!mirror || commit === undefined) return undefined;
    return pastOf(mirror, commit, async () => {
      if (!(await mirror.isShallow())) return false;
      await mirror.deepen(this.#url.text, this.#options.branch, AbortSignal.timeout(60_000));
      return true;
    });
  }

  async read(signal: AbortSignal): Promise<DesiredState> {
    await this.#begin();
    return this.#look(signal);
  }

  async *changes(signal: AbortSignal): AsyncIterable<DesiredState> {
    const { interval = 60_000, clock } = this.#options;
    const end = () => this.#wake();
    signal.addEventListener('abort', end, { once: true });
    let published: DesiredState | undefined;
    try {
      const before = await this.#begin();
      if (before) {
        published = before;
        yield before;
      }
      while (!signal.aborted) {
        const begun = clock.monotonic();
        this.#asked = false;
        const state = await this.#look(signal);
        if (signal.aborted) return;
        if (state !== published) {
          published = state;
          yield state;
        }
        if (!this.#asked) {
          const ended = new AbortController();
          this.#wake = () => ended.abort();
          await clock.sleep(interval * (0.95 + 0.1 * Math.random()), ended.signal).catch(() => undefined);
        }
        await clock.sleep(begun + breath - clock.monotonic(), signal).catch(() => undefined);
      }
    } finally {
      signal.removeEventListener('abort', end);
    }
  }

  /** What held before this start, before any network: the host stays as it is while the server is away. */
  async #begin(): Promise<DesiredState | undefined> {
    if (this.#begun) return this.#state;
    this.#begun = true;
    try {
      await this.#open();
      const pinned = await this.#pin.read();
      if (pinned === undefined || !(await this.#mirror?.has(pinned))) return undefined;
      await this.#verify(pinned);
      return await this.#take(pinned);
    } catch (error) {
      return this.#freeze(error);
    }
  }

  async #open(): Promise<Mirror> {
    if (this.#mirror) return this.#mirror;
    const { directory } = this.#options;
    await ensureDir(directory, 0o700);
    const mirror = new Mirror(await gitSetup(directory, this.#url, this.#options));
    await mirror.open();
    this.#mirror = mirror;
    return mirror;
  }

  /** One fetch, and what follows from it. Never throws. */
  async #look(signal: AbortSignal): Promise<DesiredState> {
    try {
      return await this.#fetch(signal).catch(async (error) => {
        await this.#mend(toFailure(error), signal);
        return this.#fetch(signal);
      });
    } catch (error) {
      if (signal.aborted && this.#state) return this.#state;
      return this.#freeze(error);
    }
  }

  async #fetch(signal: AbortSignal): Promise<DesiredState> {
    const { branch } = this.#options;
    const mirror = await this.#open();
    // Keys and signers may have changed in their files.
    mirror.use(await gitSetup(this.#options.directory, this.#url, this.#options));
    const tip = await mirror.fetch(this.#url.text, branch, signal);
    this.#conditions.fetched(tip);
    if (tip === this.#commit?.id && this.#state?.frozen === undefined) return this.#state as DesiredState;
    await this.#check(mirror, tip, signal);
    const state = await this.#take(tip, await this.#news(mirror, tip));
    this.#refused = undefined;
    await this.#pin.write(tip);
    await mirror.pin(tip);
    return state;
  }

  /** The commits that came since the one that holds. */
  async #news(mirror: Mirror, tip: string): Promise<readonly TrailedCommit[]> {
    const held = await this.#pin.read();
    if (held === tip) return [];
    const isHere = held !== undefined && (held === this.#commit?.id || (await mirror.has(held)));
    return mirror.news(isHere ? held : undefined, tip);
  }

  /** A mirror that is broken is only a copy. Throws every other failure as it is. */
  async #mend(failure: Failure, signal: AbortSignal): Promise<void> {
    if (signal.aborted || !this.#mirror?.blames(failure)) throw failure;
    const problem = `the mirror is damaged and is fetched anew: ${failure.message}`;
    this.#options.log.warn('git', { origin: this.origin, problem });
    await this.#mirror.renew(this.#url.text, this.#options.branch, await this.#pin.read(), signal);
  }

  /** Nothing but the branch's own future counts, and only what somebody vouches for. */
  async #check(mirror: Mirror, tip: string, signal: AbortSignal): Promise<void> {
    const { url, branch, allowRewind = false } = this.#options;
    const pinned = await this.#pin.read();
    if (pinned !== undefined && pinned !== tip && !allowRewind) {
      let goesOn = await mirror.isAncestor(pinned, tip);
      // Only all of the history can say that it does not.
      if (!goesOn && (!(await mirror.has(pinned)) || (await mirror.isShallow()))) {
        await mirror.deepen(gitUrl(url).text, branch, signal);
        goesOn = await mirror.isAncestor(pinned, tip);
      }
      if (!goesOn)
        throw new Failure(
          'git-rewound',
          `${branch} was rewound: ${short(tip)} does not go on from ${short(pinned)}, which holds`,
          { suggestion: 'restore the branch, or watch with --allow-rewind if this is meant' },
        );
    }
    await this.#verify(tip);
  }

  async #verify(commit: string): Promise<void> {
    const { verify = { mode: 'off' } } = this.#options;
    if (verify.mode === 'off') return this.#conditions.unchecked();
    const problem = await this.#mirror?.signatureProblem(commit, verify);
    if (problem !== undefined) {
      const { message, suggestion } = problem;
      throw new Failure(
        'git-unverified',
        `commit ${short(commit)} is not signed by anybody who counts: ${message}`,
        { suggestion },
      );
    }
    this.#conditions.verified(commit);
  }

  readonly #ignored = (commit: string, why: string): void => {
    const message = `the approval in commit ${short(commit)} does not count: ${why}`;
    this.#options.log.warn('git', { origin: this.origin, problem: message });
    this.#options.alarm?.('ApprovalIgnored', message);
  };

  async #take(commit: string, news: readonly TrailedCommit[] = []): Promise<DesiredState> {
    const mirror = await this.#open();
    const said = await approvalsIn(mirror, news, this.#options, this.#ignored);
    const [about] = await Promise.all([this.#about(mirror, commit, news), this.#tree.move(mirror, commit)]);
    const frozen = this.#tree.size === 0 ? `${this.origin} has no specs at ${short(commit)}` : undefined;
    const merged = this.#merger.update(this.#tree.changes(), frozen);
    const tip = { id: commit, root: this.#path, state: merged };
    const approvals = await thoseThatStand(said, mirror, tip, this.#options, this.#ignored);
    this.#commit = about;
    this.#state = {
      ...merged,
      commit: about,
      ...(approvals.length > 0 ? { approvals } : {}),
      diagnostics: [...merged.diagnostics, ...this.#tree.refused],
      // A link or a submodule stands where a spec may have been meant: what it would declare is not known.
      ...(this.#tree.refused.length > 0 && merged.complete
        ? { complete: false, frozen: this.#tree.refused[0]?.message ?? '' }
        : {}),
    };
    this.#options.log.info('git', {
      origin: this.origin,
      commit: short(commit),
      by: about.author,
      decoded: this.#tree.decoded,
      resources: merged.declared.size,
    });
    return this.#state;
  }

  /** Who made a commit; who signed it, where that is asked for. */
  async #about(mirror: Mirror, id: string, [newest]: readonly TrailedCommit[]): Promise<Commit> {
    const { verify = { mode: 'off' } } = this.#options;
    if (newest?.id !== id || verify.mode !== 'off') return mirror.describe(id);
    const { trailers: _, ...commit } = newest;
    return commit;
  }

  /** What was last good holds on, and nothing is removed until it can be seen again. */
  #freeze(error: unknown): DesiredState {
    const failure = explainFetch(toFailure(error), this.#options);
    const { code, message, suggestion } = failure;
    this.#conditions.failed(failure);
    const reason = message.split('\n')[0] ?? message;
    if (this.#refused !== message) {
      this.#refused = message;
      this.#options.log.warn('git', { origin: this.origin, code, problem: message });
      if (code === 'git-unverified' || code === 'git-rewound')
        this.#options.alarm?.(code === 'git-rewound' ? 'Rewound' : 'Unverified', message);
    }
    const before = this.#state;
    if (before?.frozen === reason) return before;
    const diagnostic: Diagnostic = {
      severity: 'error',
      code: 'source-unavailable',
      message,
      file: this.origin,
      ...(suggestion === undefined ? {} : { suggestion }),
    };
    this.#state = {
      revision: '',
      declared: new Map(),
      problems: new Map(),
      ...before,
      approvals: [],
      diagnostics: [
        ...(before?.diagnostics ?? []).filter((known) => known.code !== 'source-unavailable'),
        diagnostic,
      ],
      complete: false,
      frozen: reason,
    };
    return this.#state;
  }
}

function short(commit: string): string {
  return commit.slice(0, 12);
}
