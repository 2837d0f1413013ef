import { dirname, join, relative, resolve } from 'node:path';
import { readText, stat } from '../../host/files.ts';
import type { SourcePast } from '../contract.ts';
import { Mirror } from './mirror.ts';
import { pastOf } from './past.ts';

export interface WorkTree {
  readonly top: string;
  /** Inside it. */
  readonly file: string;
  readonly past: SourcePast;
}

/** The git work tree around a file, as far as it is committed; undefined: there is none. */
export async function workTreeOf(path: string): Promise<WorkTree | undefined> {
  const file = resolve(path);
  for (let top = dirname(file); ; top = dirname(top)) {
    const repository = await gitDirectory(top);
    if (repository !== undefined) {
      // Its configuration is somebody's: nothing of it may run a program.
      const mirror = new Mirror({
        repository,
        home: '/nonexistent',
        config: { 'log.showSignature': 'false', 'core.pager': 'cat' },
        env: { GIT_NO_LAZY_FETCH: '1' },
      });
      const head = await mirror.resolve('HEAD');
      if (head === undefined) return undefined;
      return { top, file: relative(top, file), past: pastOf(mirror, head.id, async () => false) };
    }
    if (top === dirname(top)) return undefined;
  }
}

async function gitDirectory(top: string): Promise<string | undefined> {
  const path = join(top, '.git');
  const facts = await stat(path);
  if (facts?.isDirectory) return path;
  if (!facts?.isFile) return undefined;
  const [, linked] = (await readText(path, 4096)).match(/^gitdir: (.+)\n?$/) ?? [];
  return linked === undefined ? undefined : resolve(top, linked);
}
