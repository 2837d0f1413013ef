import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Sandbox } from '../support/sandbox.ts';

/** A directory of specs that lies in a git work tree of whoever asks. */
const host = new Sandbox('test:///default');
const domain = (vcpus: number) =>
  `apiVersion: qonverge/v1\nkind: Domain\nmetadata: {name: web}\nspec:\n  memory: 64MiB\n  vcpus: ${vcpus}\n`;
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.org', ...args], {
    cwd: host.specs,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: host.root, GIT_CONFIG_NOSYSTEM: '1' },
  }).trim();

const ids: string[] = [];
beforeAll(async () => {
  git('init', '-q', '-b', 'main');
  for (const [vcpus, message] of [
    [1, 'first'],
    [2, 'more vcpus'],
  ] as const) {
    host.write('web.yaml', domain(vcpus));
    git('add', '-A');
    git('commit', '-qm', message);
    ids.push(git('rev-parse', 'HEAD'));
    await host.cli(['apply', host.specs, '--settle', '0s']);
  }
});
afterAll(() => host.dispose());

function stable(text: string): string {
  return text
    .replaceAll(host.root, '<root>')
    .replaceAll(ids[0] ?? '', '<first>')
    .replaceAll((ids[0] ?? '').slice(0, 12), '<first>')
    .replaceAll((ids[1] ?? '').slice(0, 12), '<second>')
    .replace(/\d{4}-\d\d-\d\d(T[\d:]+Z)?/g, '<time>')
    .replace(/\d+\.\d\ds/g, '<took>')
    .replace(/from [0-9a-f]{12}/g, 'from <digest>')
    .replace(/<time>( +)[0-9a-f]{12}/g, '<time>$1<digest>')
    .replace(/ {2,}/g, '  ')
    .replace(/(by|<digest>) +[a-z][\w.-]*([, ]|$)/gm, '$1 <person>$2');
}

test.each([
  ['why', ['why', 'web']],
  ['rollback', ['rollback', 'web']],
  ['rollback-nowhere', ['rollback', 'web', '--to', 'no-such-tag']],
  ['history', ['history', 'web']],
  ['history-none', ['history', 'nobody']],
])('%s', async (name, args) => {
  const { stdout, stderr, exitCode } = await host.cli(args);
  const text = `$ qonverge ${args.join(' ')}\n${stdout}${stderr}exit ${exitCode}\n`;
  await expect(stable(text)).toMatchFileSnapshot(`../golden/cli/${name}.txt`);
});
