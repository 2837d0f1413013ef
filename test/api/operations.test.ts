import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { operationNamed } from '../../src/api/operations.ts';
import type { LiveDomain } from '../../src/model/domain-live.ts';
import { Failure } from '../../src/model/failure.ts';
import { key, spec, stateOf, TestHost, volumeSpec } from '../support/test-host.ts';

let host: TestHost;
beforeEach(async () => {
  host = await TestHost.open();
});
afterEach(() => host.dispose());

const emitted: unknown[] = [];
const run = (name: string, input: unknown = {}, signal = AbortSignal.timeout(10_000)) =>
  operationNamed(name).run(host.host, input, (message) => emitted.push(message), signal);

test('an operation that nobody knows is refused, however long its name', () => {
  expect(() => operationNamed('x'.repeat(10_000))).toThrow(/^unknown operation x{64}$/);
});

describe('status', () => {
  test('speaks of everything, of a kind, or of one', async () => {
    await host.declare(spec('a'), volumeSpec('v'));
    const names = async (name?: string) =>
      ((await run('status', name === undefined ? {} : { name })) as { items: { name: string }[] }).items.map(
        (item) => item.name,
      );
    expect(await names()).toEqual(['a', 'v']);
    expect(await names('volume')).toEqual(['v']);
    expect(await names('Domain/a')).toEqual(['a']);
    expect(await names('a')).toEqual(['a']);
    await expect(names('b')).rejects.toMatchObject({ code: 'not-found' });
  });
});

test('who waits for a resource of a daemon that has read nothing yet is not told that there is none', async () => {
  const daemon = { ...host.host, watching: [host.origin] };
  const wait = (name: string) =>
    operationNamed('wait').run(daemon, { name }, () => undefined, AbortSignal.timeout(10_000));
  const waiting = wait('a');
  await host.declare(spec('a'));
  await host.after(1_000);
  expect(await waiting).toMatchObject({ name: 'a', state: 'running' });
  await expect(wait('b')).rejects.toMatchObject({ code: 'not-found' });
});

describe('status without a daemon', () => {
  const inspected = async () => {
    await host.controller.close();
    await host.start();
    await host.controller.inspect(AbortSignal.timeout(10_000));
  };

  test('says what nobody does, though all was well when it was kept', async () => {
    await host.declare(spec('a'));
    const live = host.live('a');
    if (!live) throw new Error('it runs');
    const { running: _, pid: __, ...down } = live;
    host.world.set(key('a'), { ...down, state: 'shutoff' } as LiveDomain);
    await inspected();
    expect(host.condition('a', 'Ready')).toBe('Unknown NotReconciled');
    expect(host.entry('a').conditions.find(({ type }) => type === 'InSync')?.message).toBe(
      'not done yet: start; a daemon or `qonverge apply` does it',
    );
  });

  test('keeps what stands in the way of it, as whoever tried last has found', async () => {
    host.drivers.Domain.perform = () => Promise.reject(new Failure('kvm-unavailable', 'no kvm'));
    await host.declare(spec('a'));
    await inspected();
    expect(host.condition('a', 'Ready')).toBe('False KvmUnavailable');
  });
});

test('what stands on a resource whose spec is bad says so; an order for that names the mistake', async () => {
  const a = spec('a', '  dependsOn: [b]\n');
  const state = await stateOf({ 'a.yaml': a, 'b.yaml': `${spec('b')}  vcpu: 2\n` });
  host.controller.setDesired(host.origin, state);
  await host.rest();
  const [held] = host.entry('a').held;
  expect(held?.message).toMatch(/names Domain\/b, whose spec is bad: b.yaml:6:3: unknown field "vcpu"/);
  await expect(run('start', { name: 'b' })).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('b.yaml:6:3'),
  });
  const watched = { ...host.host, watching: [host.origin] };
  const { items } = (await operationNamed('sources').run(
    watched,
    {},
    () => undefined,
    AbortSignal.timeout(5_000),
  )) as { items: unknown[] };
  expect(items).toMatchObject([
    { origin: host.origin, resources: 1, errors: [{ code: 'unknown-field' }], frozen: expect.any(String) },
  ]);
});

describe('apply and plan', () => {
  test('apply converges, says what happens on the way, and the plan is empty then', async () => {
    emitted.length = 0;
    const input = { path: '/specs', text: spec('a') };
    expect(await run('plan', input)).toMatchObject({ summary: { create: 1 } });
    expect(host.world.actions).toEqual([]);
    expect(await run('apply', input)).toMatchObject({ converged: 1, total: 1, inTime: true, failed: [] });
    expect(JSON.stringify(emitted)).toContain('"reason":"Start"');
    expect(await run('plan', input)).toMatchObject({ steps: [], held: [] });
  });

  test('a failure is told with its resource, and is not waited for', async () => {
    host.drivers.Domain.perform = () => Promise.reject(new Failure('kvm-unavailable', 'no kvm'));
    const result = await run('apply', { path: '/specs', text: spec('a'), timeout: 60_000 });
    expect(result).toMatchObject({ failed: [{ key: 'Domain/a', code: 'kvm-unavailable' }], converged: 0 });
  });

  test('without prune nothing is removed, whatever the daemon does with its own source', async () => {
    await run('apply', { path: '/other', text: spec('a') });
    await run('apply', { path: '/other', text: spec('b') });
    expect(host.live('a')?.state).toBe('running');
    const pruned = { path: '/other', text: spec('b'), prune: true };
    expect(await run('plan', pruned)).toMatchObject({ summary: { remove: 1 } });
    await run('apply', pruned);
    expect(host.live('a')).toBeUndefined();
  });

  test('a uuid that another source has is a conflict in the plan already; its own source may hand it on', async () => {
    const uuid = '  uuid: 11111111-2222-4333-8444-555555555555\n';
    await run('apply', { path: '/one', text: spec('a', uuid) });
    const other = { path: '/two', text: spec('b', uuid) };
    expect(await run('plan', other)).toMatchObject({
      steps: [],
      held: [
        {
          reason: 'Invalid',
          message:
            'uuid 11111111-2222-4333-8444-555555555555 belongs to Domain/a of /one (a.yaml): give it another one',
        },
      ],
      places: { 'Domain/b': { line: 1 } },
    });
    expect(await run('apply', other)).toMatchObject({ failed: [{ code: 'domain-conflict' }] });
    // Another name in its own source is the same machine.
    expect(await run('plan', { path: '/one', text: spec('c', uuid) })).toMatchObject({ held: [] });
  });

  test('max-disruption binds this apply', async () => {
    const wish = (vcpus: number) => spec('a', `  restartPolicy: Immediate\n  vcpus: ${vcpus}\n`);
    await run('apply', { path: '/specs', text: wish(1) });
    const gentle = { path: '/specs', text: wish(2), maxDisruption: 'live' };
    expect(await run('apply', gentle)).toMatchObject({ held: [{ reason: 'MaxDisruption' }] });
    expect(host.done('a')).toEqual(['define', 'start', 'define']);
  });

  test('max-disruption is refused for what a daemon converges by its own policy', async () => {
    const watched = { ...host.host, watching: ['/specs'] };
    const input = { path: '/specs', text: spec('a'), maxDisruption: 'live' };
    await expect(
      operationNamed('apply').run(watched, input, () => undefined, AbortSignal.timeout(5_000)),
    ).rejects.toThrow(/a daemon watches/);
    expect(host.world.actions).toEqual([]);
  });
});

describe("a person's orders", () => {
  beforeEach(async () => {
    await host.declare(spec('a', '  runStrategy: Manual\n'), spec('always'), volumeSpec('v'));
  });

  test('start, pause, unpause, restart and stop do so, and status remembers who', async () => {
    expect(await run('start', { name: 'a', by: 'ann' })).toMatchObject({ state: 'running' });
    expect(await run('pause', { name: 'a' })).toMatchObject({ state: 'paused' });
    expect(await run('unpause', { name: 'a' })).toMatchObject({ state: 'running' });
    expect(await run('restart', { name: 'a', by: 'ann' })).toMatchObject({ intent: 'running by ann' });
    expect(await run('reset', { name: 'a' })).toMatchObject({ state: 'running' });
    expect(await run('stop', { name: 'a', by: 'bob' })).toMatchObject({
      state: 'shutoff',
      intent: 'stopped by bob',
    });
    expect(host.done('a')).toEqual([
      'define',
      'start',
      'pause',
      'unpause',
      'shutdown',
      'start',
      'reset',
      'shutdown',
    ]);
  });

  test('without a daemon, start and restart look at what the machine stands on, and leave that as it is', async () => {
    const disk = '  runStrategy: Manual\n  devices: {disks: [{name: root, volume: v}]}\n';
    await host.declare(
      volumeSpec('v'),
      spec('a', disk),
      spec('db', '  runStrategy: Manual\n'),
      spec('web', '  runStrategy: Manual\n  dependsOn: [{kind: Domain, name: db}]\n'),
    );
    await host.controller.close();
    await host.start();
    expect(await run('start', { name: 'a' })).toMatchObject({ state: 'running' });
    expect(await run('restart', { name: 'a' })).toMatchObject({ state: 'running' });
    expect(await run('start', { name: 'web' })).toMatchObject({ state: 'shutoff' });
    expect(host.entry('web').held[0]?.message).toBe('waits for Domain/db');
    expect(host.done('db')).toEqual(['define']);
  });

  test.each(['pause', 'unpause', 'reset'])('%s of what is down is refused', async (order) => {
    await expect(run(order, { name: 'a' })).rejects.toMatchObject({ code: 'domain-not-running' });
  });

  test('stop is refused where the run strategy would undo it; by force it is a restart', async () => {
    await expect(run('stop', { name: 'always' })).rejects.toThrow(/runStrategy Always/);
    expect(await run('stop', { name: 'always', force: true })).toMatchObject({ state: 'running' });
    expect(host.done('always')).toEqual(['define', 'start', 'destroy', 'start']);
  });

  test('a volume takes no orders', async () => {
    await expect(run('start', { name: 'volume/v' })).rejects.toThrow(/is no domain/);
  });

  test('a failure of the order is its answer', async () => {
    host.world.failures.set('Domain/a', new Failure('qemu-start-failed', 'no such disk'));
    await expect(run('start', { name: 'a' })).rejects.toThrow(/no such disk/);
  });

  test('an order that takes too long is told so', async () => {
    host.drivers.Domain.perform = (_key, _action, signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    await expect(run('start', { name: 'a', timeout: 50 })).rejects.toMatchObject({ code: 'timed-out' });
  });
});

test('events: the past as far as asked for, then what comes until the client goes', async () => {
  emitted.length = 0;
  for (let at = 0; at < 5; at++) host.events.append({ type: 'Normal', reason: `R${at}`, message: '' });
  const gone = new AbortController();
  const done = run('events', { follow: true, limit: 2 }, gone.signal);
  host.events.append({ type: 'Normal', reason: 'New', message: '' });
  gone.abort();
  await done;
  host.events.append({ type: 'Normal', reason: 'Unheard', message: '' });
  expect(emitted.map((message) => (message as { event: { reason: string } }).event.reason)).toEqual([
    'R3',
    'R4',
    'New',
  ]);
});

test('a driver without consoles says so', async () => {
  await host.declare(spec('a'));
  await expect(run('console', { name: 'a' })).rejects.toMatchObject({ code: 'not-supported' });
  expect(await run('logs', { name: 'a' })).toEqual({ files: [] });
});

test('what a removed file leaves behind can be undefined once no source declares it', async () => {
  await host.declare(spec('a'), spec('b'));
  host.controller.setDesired(host.origin, await stateOf({ 'b.yaml': spec('b') }), { prune: false });
  await host.rest();
  expect(await run('undefine', { name: 'a', force: true })).toBeNull();
  expect(host.controller.has(key('a'))).toBe(false);
});

test('what runs is undefined only by a word that says that it goes down', async () => {
  await host.declare(spec('a'), spec('b'), spec('o', '  deletionPolicy: Orphan'));
  host.controller.setDesired(host.origin, await stateOf({ 'b.yaml': spec('b') }), { prune: false });
  await host.rest();
  await expect(run('undefine', { name: 'a' })).rejects.toMatchObject({
    code: 'refused',
    suggestion: expect.stringContaining('--stop'),
  });
  expect(host.live('a')?.state).toBe('running');
  expect(await run('undefine', { name: 'a', stop: true })).toBeNull();
  expect(host.live('a')).toBeUndefined();
  // It would go on running.
  expect(await run('undefine', { name: 'o' })).toBeNull();
});

test('a name that is nearly one, or one of another kind, gets it proposed', async () => {
  await host.declare(spec('web-1'), volumeSpec('data'));
  await expect(run('status', { name: 'wbe-1' })).rejects.toMatchObject({ suggestion: 'did you mean web-1?' });
  await expect(run('status', { name: 'data' })).rejects.toMatchObject({
    suggestion: 'did you mean Volume/data?',
  });
});
