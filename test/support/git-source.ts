import { join } from 'node:path';
import { systemClock } from '../../src/host/clock.ts';
import { kinds } from '../../src/kinds/table.ts';
import { GitSource, type GitSourceOptions } from '../../src/source/git/git.ts';
import { silentLogger } from '../../src/telemetry/log.ts';
import type { GitRepository } from './git-repository.ts';

/** A source that follows `main` of this repository, and keeps its mirror beside it. */
export function gitSource(repo: GitRepository, options: Partial<GitSourceOptions> = {}): GitSource {
  return new GitSource({
    url: repo.bare,
    branch: 'main',
    kinds,
    clock: systemClock,
    log: silentLogger,
    directory: join(repo.base, 'state'),
    ...options,
  });
}
