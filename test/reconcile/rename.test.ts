import { afterEach, expect, test } from 'vitest';
import { renamed } from '../../src/model/renamed.ts';
import type { PolicyWall } from '../../src/reconcile/policy-wall.ts';
import { key, spec, stateOf, TestHost } from '../support/test-host.ts';

let host: TestHost;
afterEach(() => host.dispose());

const uuid = '8a0b1c2d-3e4f-4a5b-8c6d-7e8f90a1b2c3';
const same = `  uuid: ${uuid}\n`;
const known = (name: string) => host.store.get(key(name));
const events = () => host.events.recent().map(({ reason }) => reason);

test('under another name with the same uuid a machine goes on, and nothing was done to it', async () => {
  host = await TestHost.open();
  await host.declare(spec('a', same), spec('other'));
  const before = host.done('a');
  await host.declare(spec('b', same), spec('other'));
  expect([host.done('a'), host.done('b')]).toEqual([before, []]);
  expect(host.live('b')?.state).toBe('running');
  expect(host.live('a')).toBeUndefined();
  expect([known('a'), known('b')?.formerly]).toEqual([undefined, undefined]);
  expect(host.controller.status().map(({ name }) => name)).toEqual(['b', 'other']);
  expect(events()).toContain('Renamed');
});

test('what else changes with the name is done as ever, and back again is a rename too', async () => {
  host = await TestHost.open();
  await host.declare(spec('a', same));
  await host.declare(spec('b', `${same}  title: new\n`));
  expect(host.done('b')).toEqual(['define']);
  expect(known('b')?.def.spec).toMatchObject({ title: 'new', uuid });
  await host.declare(spec('a', same));
  expect(host.live('a')?.state).toBe('running');
  expect(known('b')).toBeUndefined();
});

test('what was assigned to it is kept', async () => {
  host = await TestHost.open();
  const lan = `${same}  devices:\n    interfaces: [{name: lan, type: user}]\n`;
  await host.declare(spec('a', lan));
  const devices = known('a')?.def.spec;
  await host.declare(spec('b', lan));
  expect(known('b')?.def.spec).toEqual(devices);
});

test('a rename is no removal: neither the brake nor protection nor a missing --prune is in its way', async () => {
  host = await TestHost.open({ prune: false });
  const names = ['a', 'b', 'c', 'd', 'e'];
  const all = (suffix: string) =>
    names.map((name, at) =>
      spec(
        `${name}${suffix}`,
        `  uuid: ${uuid.slice(0, -1)}${at}\n`,
        ', annotations: {qonverge/protect: "true"}',
      ),
    );
  await host.declare(...all(''));
  await host.declare(...all('-new'));
  expect(host.controller.status().map(({ name, state }) => `${name} ${state}`)).toEqual(
    names.map((name) => `${name}-new running`),
  );
  expect(names.flatMap((name) => host.done(name))).not.toContain('shutdown');
});

test('another uuid is another machine', async () => {
  host = await TestHost.open();
  await host.declare(spec('a', same));
  await host.declare(spec('b', same.replace('8a0b', '8a0c')));
  expect(host.done('a')).toContain('shutdown');
  expect(host.done('b')).toEqual(['define', 'start']);
});

test('another source takes nobody over by naming its uuid', async () => {
  host = await TestHost.open();
  await host.declare(spec('a', same));
  host.controller.setDesired('/theirs', await stateOf({ 'b.yaml': spec('b', same) }));
  host.controller.setDesired(host.origin, await stateOf({ 'x.yaml': spec('x') }));
  await host.rest();
  expect(known('b')?.generation).toBe(1);
  expect(events()).not.toContain('Renamed');
});

test('while the source was not read whole, nothing is renamed', async () => {
  host = await TestHost.open();
  await host.declare(spec('a', same));
  const state = await stateOf({ 'all.yaml': spec('b', same) });
  host.controller.setDesired(host.origin, { ...state, complete: false });
  await host.rest();
  expect(known('a')?.def.metadata.name).toBe('a');
  expect(known('b')).toBeUndefined();
  expect(host.live('a')?.state).toBe('running');
  host.controller.setDesired(host.origin, state);
  await host.rest();
  expect(known('a')).toBeUndefined();
  expect(host.live('b')?.state).toBe('running');
});

test('what the policy refuses takes over nothing, and what runs goes on under its old name', async () => {
  const forbidden = new Map<string, string>([['Domain/b', 'names begin with a']]);
  const wall = {
    judge: () => ({ forbidden, diagnostics: [] }),
    guard: () => Promise.resolve(),
  } as unknown as PolicyWall;
  host = await TestHost.open({ wall });
  await host.declare(spec('a', same));
  await host.declare(spec('b', same));
  await host.after(60_000);
  expect(host.live('a')?.state).toBe('running');
  expect(host.condition('b', 'Ready')).toBe('False PolicyViolation');
  forbidden.clear();
  host.controller.judgeAgain();
  await host.rest();
  await host.after(1_000);
  expect(host.live('b')?.state).toBe('running');
  expect(host.done('a')).not.toContain('shutdown');
});

test('cut off half way, the next life goes on with it before it looks at anything', async () => {
  host = await TestHost.open();
  await host.declare(spec('a', same));
  const record = known('a');
  if (!record) throw new Error('a is not on record');
  await host.controller.close();
  const def = renamed(record.def, key('b'));
  await host.store.put({ ...record, key: key('b'), def, formerly: 'a' });
  await host.start();
  expect(host.controller.keys()).toEqual(['Domain/b']);
  expect(host.live('b')?.state).toBe('running');
  await host.declare(spec('b', same));
  expect([host.done('a'), host.done('b')]).toEqual([['define', 'start'], []]);
});

test('the old name is free for another machine', async () => {
  host = await TestHost.open();
  await host.declare(spec('a', same));
  await host.declare(spec('b', same));
  await host.declare(spec('a', same.replace('8a0b', '8a0c')), spec('b', same));
  expect(host.controller.status().map(({ name, state }) => `${name} ${state}`)).toEqual([
    'a running',
    'b running',
  ]);
  expect(host.done('b')).toEqual([]);
});

test('a preview calls it a rename, without any effect on the guest', async () => {
  host = await TestHost.open();
  await host.declare(spec('a', same));
  const state = await stateOf({ 'all.yaml': spec('b', same) });
  const plan = await host.controller.preview(host.origin, state, new AbortController().signal);
  expect(plan.summary).toMatchObject({ create: 0, remove: 0, change: 1, restart: 0, impact: 'none' });
  expect(plan.steps.map(({ key: { name }, action, reason }) => [name, action.type, reason])).toEqual([
    ['b', 'define', 'renamed from a'],
  ]);
});
