import { afterEach, expect, test } from 'vitest';
import { Failure } from '../../src/model/failure.ts';
import { spec, stateOf, TestHost } from '../support/test-host.ts';

let host: TestHost;
afterEach(() => host.dispose());

const web = spec('web', '  dependsOn: [db]\n');

function story(): string[] {
  return host.world.actions
    .filter(({ action }) => action.type !== 'define')
    .map(({ key, action }) => `${key.name} ${action.type}`);
}

test('what it depends on starts first, whatever the order in the file', async () => {
  host = await TestHost.open();
  await host.declare(web, spec('db'), spec('cache', '  dependsOn: [web, {kind: Domain, name: db}]\n'));
  expect(story()).toEqual(['db start', 'web start', 'cache start']);
});

test('while that does not start it waits, and says for whom', async () => {
  const state = { mended: false };
  host = await TestHost.open({}, (driver) => ({
    ...driver,
    perform: async (about, action, signal) => {
      if (action.type === 'start' && about.name === 'db' && !state.mended)
        throw new Failure('qemu-start-failed', 'no such disk');
      return driver.perform(about, action, signal);
    },
  }));
  await host.declare(web, spec('db'));
  expect(story()).toEqual([]);
  expect(host.entry('web').held.map(({ reason, message }) => `${reason}: ${message}`)).toEqual([
    'DependencyNotReady: waits for Domain/db',
  ]);
  state.mended = true;
  await host.after(60_000);
  expect(story()).toEqual(['db start', 'web start']);
});

test('being converged is not enough: it has to run', async () => {
  host = await TestHost.open();
  await host.declare(web, spec('db', '  runStrategy: Manual\n'));
  expect(story()).toEqual([]);
  await host.controller.orders.setIntent(
    { kind: 'Domain', name: 'db' },
    { want: 'running', by: 'ops', at: '', bootId: 'boot-1' },
  );
  await host.rest();
  expect(story()).toEqual(['db start', 'web start']);
});

test('what runs goes on when its dependency goes down, but does not start again without it', async () => {
  host = await TestHost.open();
  await host.declare(web, spec('db', '  runStrategy: RerunOnFailure\n'));
  const down = (name: string) =>
    host.world.happen({ key: { kind: 'Domain', name }, event: 'SHUTDOWN' }, (live) => ({
      ...live,
      state: 'in shutdown',
      runState: 'shutdown',
      lastStop: { reason: 'guest-shutdown', byUs: false, at: '2030-01-01T00:00:00.000Z', bootId: 'boot-1' },
    }));
  down('db');
  await host.rest();
  expect(host.live('web')?.state).toBe('running');
  down('web');
  await host.rest();
  expect(host.live('web')?.state).not.toBe('running');
  expect(host.entry('web').held[0]?.message).toBe('waits for Domain/db');
});

test('removed together, they go in the reversed order', async () => {
  host = await TestHost.open();
  await host.declare(web, spec('db'), spec('other'));
  await host.declare(spec('other'));
  const ends = story().filter((line) => !line.endsWith('start'));
  expect(ends).toEqual(['web shutdown', 'web undefine', 'db shutdown', 'db undefine']);
});

test('the plan has the same order, and shows what waits', async () => {
  host = await TestHost.open();
  const plan = await host.controller.preview(
    host.origin,
    await stateOf({ 'a.yaml': [web, spec('db', '  runStrategy: Halted\n')].join('---\n') }),
    new AbortController().signal,
  );
  expect(plan.held.filter(({ reason }) => reason === 'DependencyNotReady')).toMatchObject([
    { key: { name: 'web' }, message: 'waits for Domain/db' },
  ]);
});

test('a circle is named in the status of each in it, and of none that stands on it', async () => {
  host = await TestHost.open();
  const needs = (name: string, other: string) => spec(name, `  dependsOn: [${other}]\n`);
  await host.declare(needs('a', 'b'), needs('b', 'c'), needs('c', 'b'));
  expect(['a', 'b', 'c'].map((name) => host.entry(name).held[0]?.message)).toEqual([
    'waits for Domain/b',
    'needs itself: Domain/b → Domain/c → Domain/b',
    'needs itself: Domain/c → Domain/b → Domain/c',
  ]);
});
