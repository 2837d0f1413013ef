import { afterEach, expect, test } from 'vitest';
import { Failure } from '../../src/model/failure.ts';
import { spec, TestHost, text } from '../support/test-host.ts';

let host: TestHost;
afterEach(() => host.dispose());

const safe = (memory: string, more = '') =>
  spec(
    'a',
    `  restartPolicy: Immediate\n  safety: {snapshot: true, timeout: 60s, probe: {tcp: "10.0.0.5:22"}}\n${more}`,
  ).replace('64MiB', memory);
const refuses = { ok: false, message: 'tcp 10.0.0.5:22: connection refused' };
const memory = () => (host.live('a')?.running?.spec.memory ?? 0) / 2 ** 20;

test('what starts changed and works stays, and the way back is given up', async () => {
  host = await TestHost.open();
  await host.declare(safe('64MiB'));
  expect(host.done('a')).toEqual(['define', 'start']);
  await host.declare(safe('96MiB'));
  await host.after(1_000);
  expect(host.done('a').slice(2)).toEqual(['define', 'shutdown', 'checkpoint', 'start', 'drop-checkpoint']);
  expect(memory()).toBe(96);
  expect(host.condition('a', 'RolledBack')).toBeUndefined();
  expect(host.store.get({ kind: 'Domain', name: 'a' })).not.toHaveProperty('lastRun');
});

test('what does not work in its time goes back, disks and all, and is not tried again', async () => {
  host = await TestHost.open();
  await host.declare(safe('64MiB'));
  host.world.answers.set(text('a'), refuses);
  const state = await host.declare(safe('96MiB'));
  await host.after(30_000);
  expect(memory()).toBe(96);
  expect(host.condition('a', 'Ready')).toBe('False ProbeFailing');
  await host.after(40_000);
  expect(host.done('a').slice(2)).toEqual([
    'define',
    'shutdown',
    'checkpoint',
    'start',
    'destroy',
    'go-back',
    'define',
    'start',
  ]);
  expect(memory()).toBe(64);
  expect(host.condition('a', 'RolledBack')).toBe('True ProbeFailed');
  expect(host.entry('a').held[0]?.message).toMatch(
    /was not ready in its time: tcp 10.0.0.5:22: connection refused/,
  );
  const done = host.done('a').length;
  await host.controller.close();
  await host.start();
  host.controller.setDesired(host.origin, state);
  await host.after(600_000);
  expect(host.done('a').length).toBe(done);
});

test('a clock that is set says nothing about the machine: its trial lasts as long as it says', async () => {
  host = await TestHost.open();
  await host.declare(safe('64MiB'));
  host.world.answers.set(text('a'), refuses);
  await host.declare(safe('96MiB'));
  await host.after(10_000);
  host.clock.jump(86_400_000);
  await host.after(40_000);
  expect(memory()).toBe(96);
  host.clock.jump(-2 * 86_400_000);
  await host.after(20_000);
  expect(memory()).toBe(64);
  expect(host.condition('a', 'RolledBack')).toBe('True ProbeFailed');
});

test('a daemon that dies in between goes on with the trial', async () => {
  host = await TestHost.open();
  await host.declare(safe('64MiB'));
  host.world.answers.set(text('a'), refuses);
  const state = await host.declare(safe('96MiB'));
  await host.controller.close();
  await host.start();
  host.controller.setDesired(host.origin, state);
  await host.after(70_000);
  expect(memory()).toBe(64);
  expect(host.done('a').slice(-4)).toEqual(['destroy', 'go-back', 'define', 'start']);
});

test('one that goes down by itself in its trial goes back at once', async () => {
  host = await TestHost.open();
  await host.declare(safe('64MiB'));
  host.world.answers.set(text('a'), refuses);
  await host.declare(safe('96MiB'));
  host.world.happen({ key: { kind: 'Domain', name: 'a' }, event: 'exited' }, (live) => ({
    ...live,
    state: 'crashed',
    runState: 'guest-panicked',
    lastStop: { reason: 'guest-panic', byUs: false, at: '2030-01-01T00:00:01.000Z', bootId: 'boot-1' },
  }));
  await host.after(5_000);
  expect(memory()).toBe(64);
  expect(host.condition('a', 'RolledBack')).toBe('True Crashed');
  expect(host.entry('a').held[0]?.message).toContain('it went down: guest-panic');
});

test('a full disk at the checkpoint is no fault of the spec: it starts changed when there is room', async () => {
  let full = true;
  host = await TestHost.open({}, (driver) => ({
    ...driver,
    perform: async (about, action, signal) => {
      if (full && action.type === 'checkpoint')
        throw new Failure('command-failed', 'qemu-img: Could not create snapshot: No space left on device');
      return driver.perform(about, action, signal);
    },
  }));
  await host.declare(safe('64MiB'));
  await host.declare(safe('96MiB'));
  await host.after(60_000);
  expect(host.condition('a', 'RolledBack')).toBeUndefined();
  expect(host.condition('a', 'Ready')).toBe('False CommandFailed');
  full = false;
  await host.after(300_000);
  expect(memory()).toBe(96);
  expect(host.condition('a', 'InSync')).toBe('True InSync');
});
