import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DesiredState } from '../../../src/source/contract.ts';
import type { GitSource, GitSourceOptions } from '../../../src/source/git/git.ts';
import { missingBranch } from '../../../src/source/git/missing-branch.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { GitRepository } from '../../support/git-repository.ts';
import { gitSource } from '../../support/git-source.ts';
import { until } from '../../support/sandbox.ts';
import { domain, volume } from '../../support/watched-source.ts';

let repo: GitRepository;
beforeEach(() => {
  repo = new GitRepository();
});
afterEach(() => repo.dispose(), 60_000);

function open(options: Partial<GitSourceOptions> = {}): GitSource {
  return gitSource(repo, options);
}

const look = (source: GitSource) => source.read(AbortSignal.timeout(60_000));
const names = (state: DesiredState) => [...state.declared.keys()].sort();

describe('a branch that is not there', () => {
  test.each<[string, string, () => void, string, string]>([
    ['of a repository without a commit', 'main', () => undefined, 'has none yet', 'push the first commit'],
    [
      'because it was renamed',
      'main',
      () => {
        repo.commit();
        repo.git('push', '-q', 'origin', 'HEAD:trunk', 'HEAD:dev');
        execFileSync('git', ['-C', repo.bare, 'symbolic-ref', 'HEAD', 'refs/heads/trunk'], { env: repo.env });
      },
      'the repository has trunk, dev',
      'was it renamed to trunk?',
    ],
    [
      'because it is a tag',
      'v1',
      () => {
        repo.publish();
        repo.git('tag', 'v1');
        repo.git('push', '-q', 'origin', 'v1');
      },
      'v1 is a tag',
      'a source follows a branch',
    ],
  ])('is told with what there is instead: %s', async (_, branch, make, words, way) => {
    make();
    const state = await look(open({ branch }));
    expect(state).toMatchObject({ complete: false, frozen: expect.stringContaining(words) });
    expect(state.diagnostics[0]?.suggestion).toContain(way);
  });

  test('is told with the nearest name first, and not with thousands', () => {
    const refs = Array.from({ length: 3_000 }, (_, at) => `${'0'.repeat(40)}\trefs/heads/b${at}\n`).join('');
    const { message, suggestion } = missingBranch(
      'prodution',
      `${refs}${'0'.repeat(40)}\trefs/heads/production\n`,
    );
    expect(message).toBe(
      'there is no branch prodution; the repository has production, b0, b1, b2, b3 and 2996 more',
    );
    expect(suggestion).toContain('was it renamed to production?');
  });
});

test('blobs are read as committed, whatever the attributes of the repository want', async () => {
  repo.write(
    '.gitattributes',
    '*.yaml text eol=crlf ident export-ignore export-subst filter=lfs diff=lfs merge=lfs working-tree-encoding=UTF-16\n',
  );
  repo.commit();
  const text = domain('a', '  description: "$Id$ $Format:%H$"\n');
  const id = repo.gitInput(text, 'hash-object', '-w', '--stdin', '--no-filters');
  repo.git('update-index', '--add', '--cacheinfo', `100644,${id},a.yaml`);
  repo.git('commit', '-qm', 'as it is');
  repo.push();
  const state = await look(open());
  expect(state).toMatchObject({ complete: true, diagnostics: [] });
  expect(state.declared.get('Domain/a')?.def.spec).toMatchObject({ description: '$Id$ $Format:%H$' });
});

test('a spec that became a pointer of Git LFS keeps what it declared, and is told as one', async () => {
  repo.write('a.yaml', volume('a'));
  repo.write('b.yaml', volume('b'));
  repo.publish();
  const source = open();
  await look(source);
  repo.write('b.yaml', `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 90\n`);
  repo.publish();
  const state = await look(source);
  expect(names(state)).toEqual(['Volume/a', 'Volume/b']);
  expect(state.diagnostics).toMatchObject([{ code: 'lfs-pointer', file: 'b.yaml', line: 1 }]);
});

test('a server that itself has only the newest part of the history is read, and followed', async () => {
  repo.write('a.yaml', volume('a'));
  repo.publish();
  repo.publish('second');
  const shallow = join(repo.base, 'shallow.git');
  execFileSync('git', ['clone', '-q', '--bare', '--depth=1', `file://${repo.bare}`, shallow], {
    env: repo.env,
  });
  const source = open({ url: shallow });
  expect(names(await look(source))).toEqual(['Volume/a']);
  repo.write('b.yaml', volume('b'));
  repo.commit();
  repo.git('push', '-q', shallow, 'HEAD:main');
  expect(await look(source)).toMatchObject({ complete: true });
  expect(source.report()).toMatchObject({ resources: 2 });
});

test('a server that lacks what its newest commit names is an error, and what holds goes on', async () => {
  repo.write('a.yaml', volume('a'));
  repo.publish();
  const source = open();
  await look(source);
  repo.write('b.yaml', volume('b'));
  repo.publish();
  const id = repo.git('rev-parse', 'HEAD:b.yaml');
  execFileSync('rm', ['-f', join(repo.bare, 'objects', id.slice(0, 2), id.slice(2))]);
  const state = await look(source);
  expect(names(state)).toEqual(['Volume/a']);
  expect(state).toMatchObject({ complete: false, frozen: expect.stringContaining('git fetch') });
});

test('however often somebody calls, the server is asked once in half a second', async () => {
  repo.write('a.yaml', volume('a'));
  repo.publish();
  const clock = new FakeClock();
  const source = open({ clock, interval: 3_600_000 });
  const ended = new AbortController();
  const states: DesiredState[] = [];
  const following = (async () => {
    for await (const state of source.changes(ended.signal)) states.push(state);
  })();
  try {
    await until(() => states.length === 1 && clock.nextWake !== undefined, 'the first look');
    repo.write('b.yaml', volume('b'));
    repo.publish();
    for (let call = 0; call < 100; call++) source.rescan();
    await until(() => (clock.nextWake ?? Number.POSITIVE_INFINITY) <= 500, 'the next look is due soon');
    await clock.advance(499);
    expect(states).toHaveLength(1);
    await clock.advance(1);
    await until(() => states.length === 2, 'the next look');
    expect(names(states[1] as DesiredState)).toEqual(['Volume/a', 'Volume/b']);
    // What was called while it looked, or before, is one look more at most; then it sleeps for its interval.
    source.rescan();
    await until(() => clock.nextWake === 500, 'one more, half a second later');
  } finally {
    ended.abort();
    await following;
  }
});
