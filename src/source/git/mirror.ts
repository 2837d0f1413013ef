import { ensureDir, exists, listDir, readText, remove } from '../../host/files.ts';
import { type GitCall, type GitSetup, git, lastWords } from '../../host/git.ts';
import { Failure, toFailure } from '../../model/failure.ts';
import type { Commit } from '../contract.ts';
import {
  commitFormat,
  parseBlobs,
  parseChanges,
  parseCommit,
  parseTree,
  plainFormat,
  type TreeChange,
  type TreeEntry,
} from './commit.ts';
import { missingBranch } from './missing-branch.ts';
import type { Verification } from './options.ts';
import { revocationFile } from './setup.ts';
import { type SignatureProblem, signatureFormat, signatureProblem } from './signature-problem.ts';
import { parseTrailed, type TrailedCommit, trailerFormat } from './trailers.ts';

const incoming = 'refs/qonverge/incoming';
/** The commit that holds: what was last verified and taken. */
const current = 'refs/qonverge/current';
const chunk = 32 * 1024 * 1024;

/** A bare repository of our own: objects come in, blobs of one commit go out. There is never a work tree. */
export class Mirror {
  #setup: GitSetup;
  /** There is a commit that holds, and what came before it need not be fetched. */
  #holds = false;
  /** One fetch at a time: each sweeps the locks of the one before. */
  #fetching: Promise<unknown> = Promise.resolve();

  constructor(setup: GitSetup) {
    this.#setup = setup;
  }

  /** Makes it, or makes it anew when what is there is no whole repository. */
  async open(): Promise<void> {
    const { repository } = this.#setup;
    if (await exists(repository)) {
      const head = await this.#git(['rev-parse', '--verify', '-q', `${current}^{tree}`], {
        allowedExitCodes: [1, 128],
      });
      this.#holds = head.exitCode === 0;
      if (this.#holds) return;
    }
    await this.#make();
  }

  /** Whether this is what git says when a file of ours is broken or gone, and not that there is no room or access. */
  blames({ code, message }: Failure): boolean {
    if (code !== 'git-failed' || /No space left|Permission denied|Read-only|quota/i.test(message))
      return false;
    return message.includes(this.#setup.repository) || message.includes(current);
  }

  /** Makes it anew, with all of the history: the commit that holds is in there, if it still is anywhere. */
  async renew(url: string, branch: string, held: string | undefined, signal: AbortSignal): Promise<void> {
    await this.#alone(() => this.#make());
    await this.deepen(url, branch, signal);
    if (held !== undefined && (await this.has(held))) await this.pin(held);
  }

  async #make(format = 'sha1'): Promise<void> {
    const { repository } = this.#setup;
    this.#holds = false;
    await remove(repository);
    await ensureDir(repository, 0o700);
    await this.#git(['init', '--bare', '--quiet', '--template=', `--object-format=${format}`, repository]);
  }

  /** Keys, signers and addresses as their files have them now. */
  use(setup: GitSetup): void {
    this.#setup = setup;
  }

  /** The tip of the branch, with what is needed of its history. Throws what the server or the network said. */
  fetch(url: string, branch: string, signal: AbortSignal): Promise<string> {
    return this.#alone(() =>
      this.#fetch(url, branch, signal).catch(async (error) => {
        const { message } = toFailure(error);
        if (message.includes("couldn't find remote ref"))
          throw (await this.#withoutBranch(url, branch, signal).catch(() => undefined)) ?? error;
        const format = message.match(/mismatched algorithms: .*server (sha1|sha256)/)?.[1];
        // A repository whose objects have other names is another one: what holds, holds.
        if (format === undefined || this.#holds) throw error;
        await this.#make(format);
        return this.#fetch(url, branch, signal);
      }),
    );
  }

  /** What there is instead of the branch. */
  async #withoutBranch(url: string, branch: string, signal: AbortSignal): Promise<Failure> {
    const { stdout } = await this.#git(['ls-remote', '--symref', '--', url], {
      maxBytes: 4 * 1024 * 1024,
      signal,
    });
    return missingBranch(branch, stdout.toString('utf8'));
  }

  async #fetch(url: string, branch: string, signal: AbortSignal): Promise<string> {
    const first = !this.#holds;
    await this.#sweepLocks();
    await this.#git(
      [
        'fetch',
        '--quiet',
        '--no-tags',
        '--no-recurse-submodules',
        '--write-fetch-head',
        '--no-auto-maintenance',
        ...(first ? ['--depth=1'] : []),
        '--',
        url,
        `+refs/heads/${branch}:${incoming}`,
      ],
      { timeout: first ? 600_000 : 60_000, signal },
    );
    return this.#fetched();
  }

  /** What git wrote down of the fetch: to ask a git for it is one process more per look. */
  async #fetched(): Promise<string> {
    const [id = ''] = (await readText(`${this.#setup.repository}/FETCH_HEAD`, 64 * 1024)).split(/\s/, 1);
    if (!/^[0-9a-f]{40,64}$/.test(id))
      throw new Failure('git-failed', 'git fetch did not say what it fetched');
    return id;
  }

  /** All of the history, for the case that the commit that holds is not in what we have of it. */
  async deepen(url: string, branch: string, signal: AbortSignal): Promise<void> {
    const refspec = `+refs/heads/${branch}:${incoming}`;
    const options = ['--quiet', '--no-tags', '--no-write-fetch-head', '--depth=2147483647'];
    await this.#alone(() =>
      this.#git(['fetch', ...options, '--', url, refspec], { timeout: 600_000, signal }),
    );
  }

  async has(commit: string): Promise<boolean> {
    const { exitCode } = await this.#git(['cat-file', '-e', `${commit}^{commit}`], {
      allowedExitCodes: [1, 128],
    });
    return exitCode === 0;
  }

  /** Remembers, over restarts, which commit holds. */
  async pin(commit: string): Promise<void> {
    await this.#git(['update-ref', current, commit]);
    this.#holds = true;
    await this.#tidy();
  }

  async isAncestor(older: string, newer: string): Promise<boolean> {
    const { exitCode } = await this.#git(['merge-base', '--is-ancestor', older, newer], {
      allowedExitCodes: [1, 128],
    });
    return exitCode === 0;
  }

  /** Why the signature of a commit does not count; undefined: it does. */
  async signatureProblem(commit: string, verify: Verification): Promise<SignatureProblem | undefined> {
    const { exitCode, stderr } = await this.#git(['verify-commit', commit], { allowedExitCodes: [1] });
    if (exitCode === 0) return undefined;
    const { [revocationFile]: _, ...config } = this.#setup.config ?? {};
    const { stdout } = await git({ ...this.#setup, config }, [
      'show',
      '-s',
      `--format=${signatureFormat}`,
      commit,
    ]);
    return signatureProblem(stdout.toString('utf8'), stderr, verify);
  }

  /** The tip, and the commits before it that came after `from`: the newest first. Signatures are not looked at. */
  async news(from: string | undefined, tip: string): Promise<TrailedCommit[]> {
    const range = from === undefined ? ['--max-count=1', tip] : ['--max-count=500', `${from}..${tip}`];
    const { stdout } = await this.#git([
      'log',
      '--no-show-signature',
      `--format=${trailerFormat}`,
      ...range,
      '--',
    ]);
    return parseTrailed(stdout.toString('utf8'));
  }

  async describe(commit: string): Promise<Commit> {
    const { stdout } = await this.#git(['show', '-s', `--format=${commitFormat}`, commit]);
    return parseCommit(stdout.toString('utf8'));
  }

  /** Everything below a directory of a commit. */
  async tree(commit: string, path: string): Promise<TreeEntry[]> {
    const args = ['ls-tree', '-r', '-z', '-l', '--full-tree', `${commit}:${path}`];
    return parseTree(await this.#onTree(path, args));
  }

  /** A file, or a directory with all below it, under their full names; nothing where there is none. */
  async entries(commit: string, path: string, recursive: boolean): Promise<TreeEntry[]> {
    const { stdout } = await this.#git([
      'ls-tree',
      ...(recursive ? ['-r'] : []),
      '-z',
      '-l',
      '--full-tree',
      commit,
      '--',
      path,
    ]);
    return parseTree(stdout);
  }

  /** What differs below a directory between two commits. */
  async changes(from: string, to: string, path: string): Promise<TreeChange[]> {
    const trees = [`${from}:${path}`, `${to}:${path}`];
    return parseChanges(
      await this.#onTree(path, ['diff-tree', '-r', '-z', '--no-renames', '--no-ext-diff', ...trees]),
    );
  }

  async sizes(ids: readonly string[]): Promise<Map<string, number>> {
    const { stdout } = await this.#git(['cat-file', '--batch-check=%(objectname) %(objectsize)'], {
      input: `${ids.join('\n')}\n`,
    });
    const lines = stdout.toString('utf8').trim().split('\n');
    return new Map(lines.map((line) => line.split(' ')).map(([id = '', size]) => [id, Number(size)]));
  }

  /** Contents by id, as many at a time as fit. */
  async blobs(
    wanted: readonly { readonly id: string; readonly size: number }[],
  ): Promise<Map<string, Buffer>> {
    const found = new Map<string, Buffer>();
    let ids: string[] = [];
    let bytes = 0;
    const flush = async () => {
      if (ids.length === 0) return;
      const { stdout } = await this.#git(['cat-file', '--batch'], {
        input: `${ids.join('\n')}\n`,
        maxBytes: 2 * chunk + bytes + ids.length * 200,
      });
      for (const [id, blob] of parseBlobs(stdout)) found.set(id, blob);
      ids = [];
      bytes = 0;
    };
    for (const { id, size } of wanted) {
      if (bytes + size > chunk) await flush();
      ids.push(id);
      bytes += size;
    }
    await flush();
    return found;
  }

  /** Who last changed a line of a file. `isBoundary`: or somebody before what was fetched. */
  async blame(
    commit: string,
    path: string,
    line: number,
  ): Promise<{ readonly commit: Commit; readonly isBoundary: boolean } | undefined> {
    const { stdout, exitCode } = await this.#git(
      ['blame', '-s', '-l', '--no-textconv', '-L', `${line},${line}`, commit, '--', path],
      { allowedExitCodes: [1, 128] },
    );
    const [, mark, id] = stdout.toString('utf8').match(/^(\^?)([0-9a-f]{7,64})/) ?? [];
    const found = exitCode === 0 && id !== undefined ? await this.resolve(id) : undefined;
    return found && { commit: found, isBoundary: mark === '^' };
  }

  /** The content of a file at a commit. */
  async text(commit: string, path: string): Promise<string | undefined> {
    const { stdout, exitCode } = await this.#git(['cat-file', 'blob', `${commit}:${path}`], {
      allowedExitCodes: [1, 128],
    });
    return exitCode === 0 ? stdout.toString('utf8') : undefined;
  }

  /** The newest commits that changed a file. */
  async touching(commit: string, path: string, most: number): Promise<Commit[]> {
    const { stdout } = await this.#git([
      '--literal-pathspecs',
      'log',
      '--no-show-signature',
      `--max-count=${most}`,
      `--format=${plainFormat}`,
      commit,
      '--',
      path,
    ]);
    return stdout.toString('utf8').split('\n').filter(Boolean).map(parseCommit);
  }

  /** The commit of a name that a person gives. */
  async resolve(revision: string): Promise<Commit | undefined> {
    if (!/^[A-Za-z0-9][A-Za-z0-9._/~^@-]{0,200}$/.test(revision)) return undefined;
    const { stdout, exitCode } = await this.#git(
      [
        'log',
        '--no-show-signature',
        '--max-count=1',
        `--format=${plainFormat}`,
        `${revision}^{commit}`,
        '--',
      ],
      { allowedExitCodes: [1, 128] },
    );
    return exitCode === 0 ? parseCommit(stdout.toString('utf8')) : undefined;
  }

  /** It lacks the older part of its history. */
  async isShallow(): Promise<boolean> {
    const { stdout } = await this.#git(['rev-parse', '--is-shallow-repository']);
    return stdout.toString('utf8').trim() === 'true';
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#fetching.then(work, work);
    this.#fetching = turn.catch(() => undefined);
    return turn;
  }

  /** Runs on a directory of commits; that it is missing is the committer's doing, and said so. */
  async #onTree(path: string, args: readonly string[]): Promise<Buffer> {
    const { stdout, stderr, exitCode } = await this.#git(args, { allowedExitCodes: [128] });
    if (exitCode === 0) return stdout;
    if (
      !/not a valid object name|does not exist|not a tree|bad revision|ambiguous argument|unknown revision/i.test(
        stderr,
      )
    )
      throw new Failure('git-failed', lastWords(stderr));
    throw new Failure('git-failed', `there is no directory ${path} in the newest commit`, {
      suggestion: 'correct --path, or push the directory; nothing is removed meanwhile',
    });
  }

  /** A git that was killed leaves locks; nobody but us works here. */
  async #sweepLocks(): Promise<void> {
    const { repository } = this.#setup;
    for (const name of [
      'shallow.lock',
      'packed-refs.lock',
      'config.lock',
      'HEAD.lock',
      `${incoming}.lock`,
      `${current}.lock`,
    ])
      await remove(`${repository}/${name}`);
  }

  /** Every push leaves a pack; many become one. */
  async #tidy(): Promise<void> {
    const packs = await listDir(`${this.#setup.repository}/objects/pack`).catch(() => []);
    const loose = await listDir(`${this.#setup.repository}/objects`).catch(() => []);
    if (packs.length > 120 || loose.length > 200)
      await this.#git(['gc', '--quiet', '--prune=now'], { timeout: 300_000 }).catch(() => undefined);
  }

  #git(args: readonly string[], call: GitCall = {}) {
    return git(this.#setup, args, call);
  }
}
