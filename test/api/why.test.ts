import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Host } from '../../src/api/contract.ts';
import type { Why } from '../../src/api/operations/why.ts';
import { operationNamed } from '../../src/api/operations.ts';
import type { GitSource } from '../../src/source/git/git.ts';
import { GitRepository } from '../support/git-repository.ts';
import { gitSource } from '../support/git-source.ts';
import { spec, TestHost } from '../support/test-host.ts';

let machine: TestHost;
let repo: GitRepository;
let source: GitSource;
let commits: string[];
beforeEach(async () => {
  machine = await TestHost.open();
  repo = new GitRepository();
  source = gitSource(repo, { path: 'vms' });
  const web = (lines: string) => repo.write('vms/web.yaml', `${spec('web')}${lines}---\n${spec('db')}`);
  web('  vcpus: 1\n');
  commits = [repo.publish('first')];
  web('  vcpus: 2\n');
  commits.push(repo.publish('more vcpus'));
  repo.write('README.md', 'x');
  commits.push(repo.publish('words'));
  await take();
});
afterEach(async () => {
  await machine.dispose();
  repo.dispose();
});

async function take(): Promise<void> {
  machine.controller.setDesired(source.origin, await source.read(AbortSignal.timeout(60_000)));
  await machine.rest();
}

function ask<T>(op: string, input: unknown): Promise<T> {
  const host: Host = { ...machine.host, source: (origin) => (origin === source.origin ? source : undefined) };
  return operationNamed(op).run(host, input, () => undefined, AbortSignal.timeout(60_000)) as Promise<T>;
}

test('why goes from the line of the spec and its commit to what waits, and names who wrote it', async () => {
  repo.write('vms/web.yaml', `${spec('web')}  # a comment\n  vcpus: 3\n---\n${spec('db')}`);
  const third = repo.publish('and one more');
  await take();
  const found = await ask<Why>('why', { name: 'web' });
  expect(found.spec).toMatchObject({ source: source.origin, file: 'vms/web.yaml', line: 1 });
  expect(found.spec?.commit?.id).toBe(third);
  expect(found.held[0]?.reason).toBe('RestartPolicy');
  const field = found.fields.find(({ path }) => path === 'spec.vcpus.current');
  expect(field).toMatchObject({ state: 'pending', current: 2, desired: 3, line: 7 });
  expect(field?.blame).toMatchObject({ id: third, subject: 'and one more', author: 'Ann <ann@example.org>' });
  expect(found.last?.commit?.id).toBe(third);
  expect(found.status.conditions.map(({ type }) => type)).toContain('Ready');
});

test('a line that is older than what was fetched is blamed on who wrote it, not on who came last', async () => {
  const past = source.past();
  expect((await past?.blame('vms/web.yaml', 6))?.id).toBe(commits[1]);
  expect((await past?.blame('vms/web.yaml', 3))?.id).toBe(commits[0]);
  expect((await past?.changes('vms/web.yaml', 5))?.map(({ id }) => id)).toEqual([commits[1], commits[0]]);
  expect(await past?.blame('vms/none.yaml', 1)).toBeUndefined();
});

test('rollback prints the commands to the commit before the last change of the file, and what goes along', async () => {
  const found = await ask<{ to: { id: string }; others: string[]; commands: string[] }>('rollback', {
    name: 'web',
  });
  expect(found.to.id).toBe(commits[0]);
  expect(found.others).toEqual(['Domain/db']);
  expect(found.commands).toEqual([
    `git checkout ${commits[0]} -- vms/web.yaml`,
    `git commit -m 'Roll Domain/web back to ${commits[0]?.slice(0, 12)}'`,
    'git push origin HEAD:main',
  ]);
  for (const [at, command] of found.commands.entries()) if (at < 2) repo.git(...words(command));
  repo.push();
  await take();
  expect((await ask<Why>('why', { name: 'web' })).fields.map(({ desired }) => desired)).toContain(1);
});

test('rollback refuses what leads nowhere, and nothing that is no revision reaches git', async () => {
  const refusal = (to: string) => ask('rollback', { name: 'web', to }).then(() => 'none', String);
  expect(await refusal(commits[2] ?? '')).toContain('is the same at');
  expect(await refusal('--output=/tmp/evil')).toContain('there is no commit');
  expect(await refusal('no-such-tag')).toContain('there is no commit');
  repo.write('vms/new.yaml', spec('new'));
  repo.publish('new');
  await take();
  await expect(ask('rollback', { name: 'new' })).rejects.toThrow('no commit before');
  await expect(ask('rollback', { name: 'new', to: commits[0] })).rejects.toThrow('there is no vms/new.yaml');
});

/** A printed command, as a shell reads it. */
function words(command: string): string[] {
  return (command.match(/'[^']*'|\S+/g) ?? []).slice(1).map((word) => word.replaceAll("'", ''));
}
