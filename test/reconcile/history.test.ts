import { afterEach, beforeEach, expect, test } from 'vitest';
import { Failure } from '../../src/model/failure.ts';
import { key, spec, stateOf, TestHost, text } from '../support/test-host.ts';

let host: TestHost;
beforeEach(async () => {
  host = await TestHost.open();
});
afterEach(() => host.dispose());

const rows = (name: string) =>
  host.history
    .of(text(name))
    .map(({ by, outcome, steps }) => [by, outcome, steps.map(({ action }) => action).join(' ')]);

test('says what was done, from which spec, and that a pass without steps is none', async () => {
  await host.declare(spec('a'));
  host.controller.reconcile();
  await host.rest();
  expect(rows('a')).toEqual([['daemon', 'converged', 'define start']]);
  const [row] = host.history.of(text('a'));
  expect(row).toMatchObject({ source: '/specs', file: 'all.yaml', line: 1, done: 2 });
  expect(row?.revision).toBe(host.entry('a').declaration?.declared.revision);
});

test('a change that waits is told with its fields and what it waits for', async () => {
  await host.declare(spec('a'));
  await host.declare(spec('a', '  vcpus: 2\n'));
  const [row] = host.history.of(text('a'));
  expect(row).toMatchObject({ outcome: 'held', message: expect.stringContaining('restart') });
  expect(row?.steps[0]?.paths).toContain('spec.vcpus.current');
});

test('a failure is told with its words and the steps that it did not come to', async () => {
  host.world.failures.set(text('a'), new Failure('internal', 'no luck'));
  await host.declare(spec('a'));
  expect(host.history.of(text('a')).at(-1)).toMatchObject({ outcome: 'failed', message: 'no luck', done: 0 });
});

test('names the person who applied, ordered or forced, and the commit that a source stood at', async () => {
  const state = await stateOf({ 'a.yaml': spec('a', '  runStrategy: UnlessStopped\n') });
  const commit = { id: 'c'.repeat(40), author: 'Ann <ann@example.org>', date: '', subject: 'first' };
  host.controller.setDesired('/specs', { ...state, commit }, undefined, 'bob');
  await host.rest();
  const intent = { want: 'stopped', by: 'carol', at: '', bootId: 'boot-1' } as const;
  await host.controller.orders.setIntent(key('a'), intent);
  await host.rest();
  await host.controller.orders.act(key('a'), { type: 'reset' }, new AbortController().signal, 'dave');
  expect(rows('a').map(([by, , steps]) => `${by} ${steps}`)).toEqual([
    'dave reset',
    'carol shutdown',
    'bob define start',
  ]);
  expect(host.history.of(text('a'))[0]?.commit).toEqual({
    id: commit.id,
    author: commit.author,
    subject: 'first',
  });
});

test('a removal names the commit that removed it', async () => {
  await host.declare(spec('a'), spec('b'));
  const commit = { id: 'd'.repeat(40), author: 'Ann <ann@example.org>', date: '', subject: 'away' };
  host.controller.setDesired('/specs', { ...(await stateOf({ 'b.yaml': spec('b') })), commit });
  await host.rest();
  expect(rows('a')[0]).toEqual(['daemon', 'converged', 'shutdown undefine']);
  expect(host.history.of(text('a'))[0]?.commit).toMatchObject({ id: commit.id, subject: 'away' });
});

test('outlives a restart of ours and the resource itself', async () => {
  await host.declare(spec('a'), spec('b'));
  await host.controller.close();
  await host.start();
  await host.declare(spec('b'));
  await host.after(5_000);
  expect(host.controller.entry(text('a'))).toBeUndefined();
  expect(rows('a').at(0)?.[2]).toContain('undefine');
  expect(rows('a').at(-1)).toEqual(['daemon', 'converged', 'define start']);
});
