import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A real bare repository and a clone to work in, in a temp directory of their own. No configuration of this machine counts. */
export class GitRepository {
  readonly base = mkdtempSync(join(tmpdir(), 'qv-git-'));
  readonly bare = join(this.base, 'origin.git');
  readonly work = join(this.base, 'work');
  #clock = 1_760_000_000;

  constructor() {
    mkdirSync(join(this.base, 'home'), { mode: 0o700 });
    this.#make();
  }

  #make(...how: string[]): void {
    execFileSync('git', ['init', '-q', '--bare', '-b', 'main', ...how, this.bare], { env: this.env });
    execFileSync('git', ['init', '-q', '-b', 'main', ...how, this.work], { env: this.env });
    this.git('remote', 'add', 'origin', this.bare);
  }

  /** Another repository in the place of this one, empty, whose objects have names of this kind. */
  replace(format: 'sha256'): void {
    for (const directory of [this.bare, this.work]) rmSync(directory, { recursive: true });
    this.#make(`--object-format=${format}`);
  }

  get env(): NodeJS.ProcessEnv {
    const date = `${this.#clock} +0000`;
    return {
      PATH: process.env['PATH'],
      HOME: join(this.base, 'home'),
      GNUPGHOME: join(this.base, 'gnupg'),
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'Ann',
      GIT_AUTHOR_EMAIL: 'ann@example.org',
      GIT_COMMITTER_NAME: 'Ann',
      GIT_COMMITTER_EMAIL: 'ann@example.org',
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_DATE: date,
    };
  }

  git(...args: string[]): string {
    return execFileSync('git', ['-C', this.work, ...args], {
      env: this.env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 64 * 1024 * 1024,
    }).trim();
  }

  /** Feeds a git command. */
  gitInput(input: string | Buffer, ...args: string[]): string {
    return execFileSync('git', ['-C', this.work, ...args], { env: this.env, input, encoding: 'utf8' }).trim();
  }

  write(file: string, text: string | Buffer): void {
    const path = join(this.work, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  remove(file: string): void {
    rmSync(join(this.work, file), { recursive: true });
  }

  /** Commits everything, at the given second or one after the last. Returns the id. */
  commit(message = 'change', { sign = [] as string[], at = this.#clock + 1 } = {}): string {
    this.#clock = at;
    this.git('add', '-A');
    this.git(...sign, 'commit', '-q', '--allow-empty', '-m', message);
    return this.git('rev-parse', 'HEAD');
  }

  push(...args: string[]): void {
    this.git('push', '-q', ...args, 'origin', 'HEAD:main');
  }

  /** Commits and pushes. */
  publish(message?: string, options?: { sign?: string[]; at?: number }): string {
    const id = this.commit(message, options);
    this.push();
    return id;
  }

  /** An ssh key pair; returns the path of the private key. */
  sshKey(name: string): string {
    const path = join(this.base, name);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', path]);
    chmodSync(path, 0o600);
    return path;
  }

  dispose(): void {
    rmSync(this.base, { recursive: true, force: true });
  }
}

/** Arguments of git that sign a commit with an ssh key. */
export function signedBy(key: string): string[] {
  return ['-c', 'gpg.format=ssh', '-c', `user.signingkey=${key}`, '-c', 'commit.gpgsign=true'];
}
