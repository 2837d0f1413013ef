import { afterEach, expect, test } from 'vitest';
import { operationNamed } from '../../src/api/operations.ts';
import { Failure } from '../../src/model/failure.ts';
import { spec, stateOf, TestHost } from '../support/test-host.ts';

let host: TestHost;
afterEach(() => host.dispose());

const immediate = (memory: string) => spec('a', '  restartPolicy: Immediate\n').replace('64MiB', memory);

/** A host where no domain with 96 MiB starts. */
async function openWithBadSize(failure = new Failure('qemu-start-failed', 'no such device')): Promise<void> {
  host = await TestHost.open({}, (driver) => ({
    ...driver,
    perform: async (about, action, signal) => {
      if (action.type === 'start' && action.def.spec.memory === 96 * 2 ** 20) throw failure;
      return driver.perform(about, action, signal);
    },
  }));
}

const memory = () => (host.live('a')?.running?.spec.memory ?? 0) / 2 ** 20;

test('a change that does not start goes back to what ran, and says so', async () => {
  await openWithBadSize();
  await host.declare(immediate('64MiB'));
  await host.declare(immediate('96MiB'));
  expect(host.live('a')?.state).toBe('running');
  expect(memory()).toBe(64);
  expect(host.condition('a', 'RolledBack')).toBe('True StartFailed');
  expect(host.condition('a', 'InSync')).toBe('False RolledBack');
  expect(host.condition('a', 'Ready')).toMatch(/^True/);
  expect(host.entry('a').held[0]?.message).toContain('no such device');
});

test('what is known to fail before its guest is asked to go down does not disturb it', async () => {
  let lacks = true;
  host = await TestHost.open({}, (driver) => ({
    ...driver,
    foresee: async ({ spec: { memory: size } }) => {
      if (lacks && size === 96 * 2 ** 20) throw new Failure('image-missing', 'there is no disk');
    },
  }));
  await host.declare(immediate('64MiB'));
  const state = await host.declare(immediate('96MiB'));
  expect(host.done('a')).not.toContain('shutdown');
  expect(memory()).toBe(64);
  expect(host.condition('a', 'RolledBack')).toBe('True StartFailed');
  expect(host.condition('a', 'Ready')).toMatch(/^True/);
  const restart = () =>
    operationNamed('restart').run(host.host, { name: 'a' }, () => undefined, AbortSignal.timeout(10_000));
  await expect(restart()).rejects.toThrow('there is no disk');
  expect(host.done('a')).not.toContain('shutdown');
  lacks = false;
  await restart();
  expect(memory()).toBe(96);
  host.controller.setDesired(host.origin, state);
  await host.rest();
  expect(host.condition('a', 'InSync')).toBe('True InSync');
});

test('a restart that a person asked for and that could not come up is not made later either', async () => {
  host = await TestHost.open({}, (driver) => ({
    ...driver,
    foresee: () => Promise.reject(new Failure('image-missing', 'there is no disk')),
  }));
  await host.declare(spec('a'));
  const restart = operationNamed('restart');
  await expect(
    restart.run(host.host, { name: 'a' }, () => undefined, AbortSignal.timeout(10_000)),
  ).rejects.toThrow('there is no disk');
  await host.after(3_600_000);
  expect(host.done('a')).toEqual(['define', 'start']);
  expect(host.condition('a', 'Ready')).toBe('True Converged');
});

test('that spec is not tried again, also not by a daemon that comes later', async () => {
  await openWithBadSize();
  await host.declare(immediate('64MiB'));
  const state = await host.declare(immediate('96MiB'));
  const done = host.done('a').length;
  await host.after(3_600_000);
  await host.controller.close();
  await host.start();
  host.controller.setDesired(host.origin, state);
  await host.rest();
  expect(host.done('a').length).toBe(done);
  expect(host.condition('a', 'RolledBack')).toBe('True StartFailed');
});

test('the next change of the spec is tried, and clears it', async () => {
  await openWithBadSize();
  await host.declare(immediate('64MiB'));
  await host.declare(immediate('96MiB'));
  await host.declare(immediate('128MiB'));
  expect(memory()).toBe(128);
  expect(host.condition('a', 'RolledBack')).toBeUndefined();
  expect(host.condition('a', 'InSync')).toBe('True InSync');
});

test('going back to the spec that runs needs no restart', async () => {
  await openWithBadSize();
  await host.declare(immediate('64MiB'));
  await host.declare(immediate('96MiB'));
  const done = host.done('a');
  await host.declare(immediate('64MiB'));
  expect(
    host
      .done('a')
      .slice(done.length)
      .filter((type) => type !== 'define'),
  ).toEqual([]);
  expect(host.condition('a', 'InSync')).toBe('True InSync');
});

test('the plan shows it as held', async () => {
  await openWithBadSize();
  await host.declare(immediate('64MiB'));
  const state = await host.declare(immediate('96MiB'));
  const plan = await host.controller.preview(host.origin, state, new AbortController().signal);
  expect(plan.steps).toEqual([]);
  expect(plan.held.map(({ reason }) => reason)).toEqual(['RolledBack']);
});

test('a first spec that does not start has nothing to go back to', async () => {
  await openWithBadSize();
  await host.declare(immediate('96MiB'));
  expect(host.condition('a', 'RolledBack')).toBeUndefined();
  expect(host.condition('a', 'Ready')).toBe('False QemuStartFailed');
});

test('a trouble of the moment is waited for, not rolled back', async () => {
  await openWithBadSize(new Failure('image-locked', 'in use elsewhere', { retry: { after: 5_000 } }));
  await host.declare(immediate('64MiB'));
  await host.declare(immediate('96MiB'));
  expect(host.condition('a', 'RolledBack')).toBeUndefined();
  expect(host.condition('a', 'Ready')).toBe('False ImageLocked');
});

test('what was down when its spec changed, but had run before with the old one, goes back as well', async () => {
  await openWithBadSize();
  await host.declare(immediate('64MiB'));
  host.world.happen({ key: { kind: 'Domain', name: 'a' }, event: 'SHUTDOWN' }, (live) => ({
    ...live,
    state: 'in shutdown',
    runState: 'shutdown',
  }));
  host.controller.setDesired(host.origin, await stateOf({ 'all.yaml': immediate('96MiB') }));
  await host.rest();
  expect(host.live('a')?.state).toBe('running');
  expect(memory()).toBe(64);
});

test('a person who restarts it has the spec tried once more', async () => {
  let broken = true;
  host = await TestHost.open({}, (driver) => ({
    ...driver,
    perform: async (about, action, signal) => {
      if (broken && action.type === 'start' && action.def.spec.memory === 96 * 2 ** 20)
        throw new Failure('qemu-start-failed', 'no such device');
      return driver.perform(about, action, signal);
    },
  }));
  const restart = () =>
    operationNamed('restart').run(host.host, { name: 'a' }, () => undefined, new AbortController().signal);
  await host.declare(immediate('64MiB'));
  await host.declare(immediate('96MiB'));
  await expect(restart()).rejects.toThrow('no such device');
  expect([memory(), host.condition('a', 'RolledBack')]).toEqual([64, 'True StartFailed']);
  broken = false;
  await restart();
  expect([memory(), host.condition('a', 'RolledBack')]).toEqual([96, undefined]);
});

test('it is said also while the definition before does not start either', async () => {
  let broken = false;
  host = await TestHost.open({}, (driver) => ({
    ...driver,
    perform: async (about, action, signal) => {
      if (broken && action.type === 'start') throw new Failure('image-missing', 'no such image');
      return driver.perform(about, action, signal);
    },
  }));
  await host.declare(immediate('64MiB'));
  broken = true;
  await host.declare(immediate('96MiB'));
  expect(host.live('a')?.state).toBe('shutoff');
  expect(host.condition('a', 'Ready')).toBe('False ImageMissing');
  expect(host.condition('a', 'RolledBack')).toBe('True StartFailed');
});
