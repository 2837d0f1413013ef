import { afterEach, expect, test } from 'vitest';
import { Failure } from '../../src/model/failure.ts';
import { RestartTurns } from '../../src/reconcile/restart-turns.ts';
import { until } from '../support/sandbox.ts';
import { key, spec, TestHost, text } from '../support/test-host.ts';

let host: TestHost | undefined;
afterEach(async () => {
  await host?.dispose();
  host = undefined;
});

test('one at a time: the second waits until the first is back, and is told', () => {
  const turns = new RestartTurns();
  expect(turns.refuse('Domain/a', 1)).toBeUndefined();
  turns.take('Domain/a');
  expect(turns.refuse('Domain/b', 1)).toContain('Domain/a is not back from a restart yet');
  expect(turns.release('Domain/c')).toEqual([]);
  expect(turns.release('Domain/a')).toEqual(['Domain/b']);
  expect(turns.refuse('Domain/b', 1)).toBeUndefined();
});

test('who is down already may go on with its own restart', () => {
  const turns = new RestartTurns();
  turns.take('Domain/a');
  expect(turns.refuse('Domain/a', 1)).toBeUndefined();
});

test('as many as are allowed are down at once', () => {
  const turns = new RestartTurns();
  for (const name of ['a', 'b']) {
    expect(turns.refuse(`Domain/${name}`, 2)).toBeUndefined();
    turns.take(`Domain/${name}`);
  }
  expect(turns.refuse('Domain/c', 2)).toContain('2 at once');
});

test('who waited and is gone is not told any more', () => {
  const turns = new RestartTurns();
  turns.take('Domain/a');
  turns.refuse('Domain/b', 1);
  turns.release('Domain/b');
  expect(turns.release('Domain/a')).toEqual([]);
});

const immediate = (name: string, memory: number, more = '') =>
  spec(name, `  restartPolicy: Immediate\n${more}`).replace('64MiB', `${memory}MiB`);

test('killed in the midst of a rolling restart, the next daemon takes no second machine down', async () => {
  let comesUp = false;
  host = await TestHost.open({ maxUnavailable: 1 }, (driver) => ({
    ...driver,
    async perform(about, action, signal) {
      const again = action.type === 'start' && host?.done(about.name).includes('start');
      if (again && !comesUp) throw new Failure('image-locked', 'busy', { retry: { after: 1_000 } });
      await driver.perform(about, action, signal);
    },
  }));
  await host.declare(immediate('a', 64), immediate('b', 64));
  await host.declare(immediate('a', 128), immediate('b', 128));
  const [down, waits] = host.live('a')?.state === 'shutoff' ? ['a', 'b'] : ['b', 'a'];
  expect([host.live(down)?.state, host.live(waits)?.state]).toEqual(['shutoff', 'running']);
  await host.controller.close();
  await host.start();
  await host.declare(immediate('a', 128), immediate('b', 128));
  expect(host.live(waits)?.state).toBe('running');
  expect(host.entry(waits).held).toMatchObject([
    { reason: 'MaxUnavailable', message: expect.stringContaining(`Domain/${down} is not back`) },
  ]);
  comesUp = true;
  await host.after(60_000);
  expect([host.condition('a', 'InSync'), host.condition('b', 'InSync')]).toEqual([
    'True InSync',
    'True InSync',
  ]);
  expect(host.store.get(key(down))?.restart).toEqual({ revision: expect.any(String) });
});

test('restarts that an earlier life did for a revision count for its brake', async () => {
  host = await TestHost.open();
  const names = ['a', 'b', 'c'];
  const windows = '  restartPolicy: Window\n  maintenanceWindows: [{schedule: "0 1 * * *", duration: 1h}]\n';
  const specs = (memory: number, closed: readonly string[] = []) =>
    names.map((name) =>
      immediate(name, memory, '').replace(
        '  restartPolicy: Immediate\n',
        closed.includes(name) ? windows : '  restartPolicy: Immediate\n',
      ),
    );
  await host.declare(...specs(64, ['c']));
  await host.declare(...specs(128, ['c']));
  expect(names.map((name) => host?.done(name).includes('shutdown'))).toEqual([true, true, false]);
  await host.controller.close();
  await host.start();
  await host.declare(...specs(128, ['c']));
  // Its window opens.
  await host.after(90 * 60_000);
  host.controller.reconcile();
  await host.rest();
  expect(host.entry('c').held[0]?.message).toContain('the brake holds: 3 restarts of 3');
});

test('a machine that never becomes ready keeps its turn: the others wait, and are told how it goes on', async () => {
  host = await TestHost.open({ maxUnavailable: 1 });
  const probe = '  readiness: {tcp: "10.0.0.5:1"}\n';
  await host.declare(immediate('a', 64, probe), immediate('b', 64));
  await host.after(1_000);
  host.world.answers.set(text('a'), { ok: false, message: 'refused' });
  await host.declare(immediate('a', 128, probe), immediate('b', 64));
  await host.declare(immediate('a', 128, probe), immediate('b', 128));
  await host.after(3_600_000);
  expect(host.condition('a', 'Ready')).toBe('False ProbeFailing');
  expect(host.condition('b', 'Ready')).toBe('True PendingChanges');
  expect(host.entry('b').held[0]?.message).toBe(
    'Domain/a is not back from a restart yet, and 1 at once may be down (maxUnavailable): `qonverge why Domain/a` says what it waits for',
  );
  // A person who knows better is not held up.
  await host.controller.orders.setIntent(key('b'), {
    want: 'running',
    by: 'ops',
    at: '',
    bootId: 'boot-1',
    restart: true,
  });
  await host.rest();
  expect(host.condition('b', 'InSync')).toBe('True InSync');
  // So does a spec without the probe.
  await host.declare(immediate('a', 128), immediate('b', 192));
  expect(host.condition('b', 'InSync')).toBe('True InSync');
});

test('a window closes in the midst of a series: who has begun finishes, the others wait for the next', async () => {
  const minutes = 60_000;
  const begun: string[] = [];
  const there = await TestHost.open({ maxUnavailable: 1 }, (driver) => ({
    ...driver,
    async perform(about, action, signal) {
      if (action.type === 'shutdown') {
        begun.push(about.name);
        await there.clock.sleep(30 * minutes, signal);
      }
      await driver.perform(about, action, signal);
    },
  }));
  host = there;
  const windows = '[{schedule: "0 1 * * *", duration: 45m}]';
  const nightly = (memory: number) =>
    ['a', 'b', 'c'].map((name) =>
      spec(name, `  restartPolicy: Window\n  maintenanceWindows: ${windows}\n`).replace(
        '64MiB',
        `${memory}MiB`,
      ),
    );
  await there.declare(...nightly(64));
  await there.declare(...nightly(128));
  await there.controller.approve('ops');
  await there.clock.advance(61 * minutes);
  there.controller.reconcile();
  await until(() => begun.length === 1, 'the first one is asked to go');
  await there.clock.advance(30 * minutes);
  await until(() => begun.length === 2, 'the first one is back, and the second one is asked');
  await there.clock.advance(30 * minutes);
  await until(() => changed().length === 2, 'it comes back though the window has closed');
  await there.rest();
  expect(begun).toHaveLength(2);
  const [last = ''] = ['a', 'b', 'c'].filter((name) => !begun.includes(name));
  expect(there.entry(last).held[0]?.message).toContain('2030-01-02T01:00:00.000Z');
  await there.clock.advance(23 * 60 * minutes);
  there.controller.reconcile();
  await until(() => begun.includes(last), 'the third one in the next window');
  await there.clock.advance(30 * minutes);
  await until(() => changed().length === 3, 'it is back');

  function changed(): readonly string[] {
    return begun.filter((name) => there.live(name)?.running?.spec.memory === 128 * 2 ** 20);
  }
});
