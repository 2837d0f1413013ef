import { afterEach, describe, expect, test } from 'vitest';
import type { Driver } from '../../src/drivers/contract.ts';
import { Failure } from '../../src/model/failure.ts';
import { key, spec, stateOf, TestHost, text, volumeSpec } from '../support/test-host.ts';

let host: TestHost;
afterEach(() => host.dispose());

describe('one pass', () => {
  test('brings up what is declared, and the next one does nothing', async () => {
    host = await TestHost.open();
    await host.declare(spec('a'), spec('b'));
    expect(host.done('a')).toEqual(['define', 'start']);
    expect(host.condition('a', 'Ready')).toBe('True Converged');
    const before = host.world.actions.length;
    host.controller.reconcile();
    await host.rest();
    await host.after(60_000);
    expect(host.world.actions.length).toBe(before);
  });

  test('a spec that changes while its key is looked at is not taken for the one that was', async () => {
    host = await TestHost.open();
    await host.declare(spec('a'));
    for (const [turn, strategy] of ['Halted', 'Always', 'Halted', 'Always'].entries()) {
      host.controller.reconcile();
      for (let ticks = 0; ticks < turn * 3; ticks++) await Promise.resolve();
      await host.declare(spec('a', `  runStrategy: ${strategy}\n`));
      expect(host.live('a')?.state, strategy).toBe(strategy === 'Halted' ? 'shutoff' : 'running');
    }
  });

  test('an order that comes before the first look at its spec waits for that', async () => {
    host = await TestHost.open();
    const state = await stateOf({ 'all.yaml': spec('a', '  runStrategy: Manual\n') });
    host.controller.setDesired(host.origin, state);
    const intent = { want: 'running', by: 'ann', at: '2026-01-01T00:00:00Z', bootId: 'boot-1' } as const;
    let isTaken = false;
    const order = host.controller.orders.setIntent(key('a'), intent).then(() => {
      isTaken = true;
    });
    while (!isTaken) await host.after(20);
    await order;
    await host.rest();
    expect(host.live('a')?.state).toBe('running');
  });

  test('looks only at what a revision changed', async () => {
    let looks: string[] = [];
    host = await TestHost.open({}, (driver) => ({
      ...driver,
      observe: (about, signal) => {
        looks.push(about.name);
        return driver.observe(about, signal);
      },
    }));
    await host.declare(spec('a'), spec('b'), spec('c'));
    looks = [];
    await host.declare(spec('a'), spec('b', '  title: new\n'), spec('c'));
    expect(new Set(looks)).toEqual(new Set(['b']));
  });

  test('an event of the driver makes it look again, and what fell over is put up', async () => {
    host = await TestHost.open();
    await host.declare(spec('a'));
    host.world.happen({ key: key('a'), event: 'SHUTDOWN' }, (live) => ({
      ...live,
      state: 'in shutdown',
      runState: 'shutdown',
    }));
    await host.rest();
    expect(host.done('a')).toEqual(['define', 'start', 'reap', 'start']);
  });

  test('without an event the sweep sees it within one interval', async () => {
    host = await TestHost.open();
    await host.declare(spec('a'));
    host.controller.sweep(30_000);
    const row = host.world.live.get(text('a'));
    host.world.live.set(text('a'), {
      key: key('a'),
      live: { ...row?.live, state: 'in shutdown', runState: 'shutdown' } as never,
    });
    await host.after(31_000);
    expect(host.live('a')?.state).toBe('running');
  });

  test('what is defined here is known again after a restart, and runs on untouched', async () => {
    host = await TestHost.open();
    const state = await host.declare(spec('a'));
    await host.controller.close();
    await host.start();
    const before = host.world.actions.length;
    host.controller.reconcile();
    await host.rest();
    expect(host.controller.keys()).toEqual(['Domain/a']);
    host.controller.setDesired(host.origin, state);
    await host.rest();
    expect(host.world.actions.length).toBe(before);
  });
});

describe('what fails', () => {
  const broken = () => new Failure('qemu-start-failed', 'no such disk');

  /** Every start fails, until `mended`. */
  async function withBrokenStarts() {
    const starts: number[] = [];
    const state = { mended: false };
    host = await TestHost.open({}, (driver) => ({
      ...driver,
      perform: async (about, action, signal) => {
        if (action.type === 'start' && about.name === 'bad' && !state.mended) {
          starts.push(host.clock.monotonic() / 1_000);
          throw broken();
        }
        return driver.perform(about, action, signal);
      },
    }));
    return { starts, state };
  }

  test('is retried ever more rarely: 10 s · n², at most every 300 s', async () => {
    const { starts } = await withBrokenStarts();
    await host.declare(spec('bad'));
    for (let seconds = 0; seconds < 1_500; seconds++) await host.after(1_000);
    const gaps = starts.slice(1).map((at, row) => at - (starts[row] ?? 0));
    expect(gaps.slice(0, 7).map((gap) => Math.round(gap))).toEqual([1, 10, 40, 90, 160, 250, 300]);
    expect(host.condition('bad', 'Ready')).toBe('False QemuStartFailed');
  });

  test('goes on counting after a restart of ours: there is no free retry', async () => {
    const { starts } = await withBrokenStarts();
    const state = await host.declare(spec('bad'));
    for (let seconds = 0; seconds < 60; seconds++) await host.after(1_000);
    const before = starts.length;
    await host.controller.close();
    await host.start();
    host.controller.setDesired(host.origin, state);
    await host.rest();
    await host.after(5_000);
    expect(starts.length).toBe(before);
    expect(host.condition('bad', 'InSync')).toBe('False Backoff');
    await host.after(90_000);
    expect(starts.length).toBe(before + 1);
  });

  test('is tried at once when its spec changes, and what was counted is forgotten', async () => {
    const { starts, state } = await withBrokenStarts();
    await host.declare(spec('bad'));
    for (let seconds = 0; seconds < 60; seconds++) await host.after(1_000);
    const before = starts.length;
    state.mended = true;
    await host.declare(spec('bad', '  vcpus: 2\n'));
    expect(starts.length).toBe(before);
    expect(host.live('bad')?.state).toBe('running');
    expect(host.store.get(key('bad'))?.backoff).toBeUndefined();
  });

  test('is tried at once when a person asks', async () => {
    const { starts } = await withBrokenStarts();
    await host.declare(spec('bad'));
    for (let seconds = 0; seconds < 60; seconds++) await host.after(1_000);
    const before = starts.length;
    host.controller.retry();
    await host.rest();
    expect(starts.length).toBe(before + 1);
  });

  test('of a guest that does not let go is tried again after its pause, twice as long each time, however often it is looked at', async () => {
    let asked = 0;
    host = await TestHost.open({}, (driver) => ({
      ...driver,
      perform: async (about, action, signal) => {
        if (action.type !== 'update') return driver.perform(about, action, signal);
        asked++;
        throw new Failure('guest-did-not-accept', 'it keeps the disk', {
          retry: { after: 30_000, growing: true },
        });
      },
    }));
    const withVcpus = (current: number) => spec('a', `  vcpus: {maximum: 4, current: ${current}}\n`);
    await host.declare(withVcpus(1));
    await host.declare(withVcpus(2));
    for (let look = 0; look < 25; look++) {
      host.controller.reconcile();
      await host.after(1_000);
    }
    expect(asked).toBe(1);
    expect(host.condition('a', 'Ready')).toBe('False GuestDidNotAccept');
    await host.after(6_000);
    expect(asked).toBe(2);
    await host.after(50_000);
    expect(asked).toBe(2);
    await host.after(15_000);
    expect(asked).toBe(3);
    await host.declare(withVcpus(3));
    expect(asked).toBe(4);
    host.controller.retry();
    await host.rest();
    expect(asked).toBe(5);
  });

  test('delays and changes nobody else', async () => {
    await withBrokenStarts();
    await host.declare(spec('bad'), spec('good'));
    expect(host.live('good')?.state).toBe('running');
    expect(host.condition('good', 'Ready')).toBe('True Converged');
  });

  test('a fault of ours stays on its key, and is tried again', async () => {
    let faults = 0;
    host = await TestHost.open({}, (driver) => ({
      ...driver,
      capabilities: (def) => {
        if (def?.metadata.name !== 'bad' || faults++ > 0) return driver.capabilities(def);
        throw new TypeError('undefined is not a function');
      },
    }));
    await host.declare(spec('bad'), spec('good'));
    expect(host.live('good')?.state).toBe('running');
    expect(host.entry('bad').failure?.code).toBe('internal');
    await host.after(40_000);
    expect(host.live('bad')?.state).toBe('running');
  });
});

describe('one worker per key', () => {
  test('however much happens to a key, two never act on it at once', async () => {
    let inside = 0;
    let most = 0;
    host = await TestHost.open({ workers: 16 }, (driver) => ({
      ...driver,
      perform: async (about, action, signal) => {
        most = Math.max(most, ++inside);
        await new Promise((done) => setTimeout(done, 5));
        await driver.perform(about, action, signal);
        inside--;
      },
    }));
    for (let times = 0; times < 20; times++) {
      host.controller.setDesired(host.origin, await stateOf({ 'a.yaml': spec('a', `  title: t${times}\n`) }));
      host.controller.reconcile();
      host.world.happen({ key: key('a'), event: 'STOP' });
    }
    await host.rest();
    expect(most).toBe(1);
    expect(host.store.get(key('a'))?.def.spec).toMatchObject({ title: 't19' });
  });
});

/** Its shutdown lasts until it is told to stop waiting. */
function slowShutdown(seen: string[]): (driver: Driver<'Domain'>) => Driver<'Domain'> {
  return (driver) => ({
    ...driver,
    perform: async (about, action, signal) => {
      if (action.type !== 'shutdown') return driver.perform(about, action, signal);
      seen.push('waiting');
      await new Promise((_, reject) =>
        signal.addEventListener('abort', () => {
          seen.push('aborted');
          reject(new Failure('cancelled', 'cancelled'));
        }),
      );
    },
  });
}

describe('a newer revision', () => {
  test('ends the wait of the one before, and its own wish is done', async () => {
    const seen: string[] = [];
    host = await TestHost.open({}, slowShutdown(seen));
    await host.declare(spec('a'));
    host.controller.setDesired(
      host.origin,
      await stateOf({ 'all.yaml': spec('a', '  runStrategy: Halted\n') }),
    );
    while (seen.length === 0) await new Promise((done) => setTimeout(done, 1));
    await host.declare(spec('a', '  title: stays\n'));
    expect(seen).toEqual(['waiting', 'aborted']);
    expect(host.live('a')).toMatchObject({ state: 'running', defined: { spec: { title: 'stays' } } });
    expect(host.condition('a', 'Ready')).toBe('True Converged');
  });

  test('A → B → A faster than the loop means nothing to do', async () => {
    host = await TestHost.open();
    const a = await host.declare(spec('a'));
    const before = host.world.actions.length;
    host.controller.setDesired(host.origin, await stateOf({ 'all.yaml': spec('a', '  vcpus: 2\n') }));
    host.controller.setDesired(host.origin, a);
    await host.rest();
    expect(host.world.actions.slice(before).map(({ action }) => action.type)).not.toContain('start');
    expect(host.condition('a', 'InSync')).toBe('True InSync');
  });
});

describe('what needs another', () => {
  const withDisk = (name: string, volume: string) =>
    spec(name, `  devices: {disks: [{name: root, volume: ${volume}}]}\n`);

  test('waits while that is not ready, and goes on when it is, without a change of any file', async () => {
    host = await TestHost.open();
    host.world.failures.set('Volume/data', new Failure('image-create-failed', 'disk full'));
    await host.declare(withDisk('a', 'data'), volumeSpec('data'));
    expect(host.done('a')).not.toContain('start');
    expect(host.condition('a', 'Ready')).toBe('False DependencyNotReady');
    await host.after(2_000);
    expect(host.live('a')?.state).toBe('running');
  });

  test('waits for what nobody declares, and does not hold up others', async () => {
    host = await TestHost.open();
    await host.declare(withDisk('a', 'nowhere'), spec('b'));
    expect(host.condition('a', 'Ready')).toBe('False DependencyNotReady');
    expect(host.live('b')?.state).toBe('running');
    await host.declare(withDisk('a', 'nowhere'), spec('b'), volumeSpec('nowhere'));
    expect(host.live('a')?.state).toBe('running');
  });
});

describe('absence', () => {
  test('removes what a whole source no longer declares', async () => {
    host = await TestHost.open();
    await host.declare(spec('a'), spec('b'));
    await host.declare(spec('a'));
    expect(host.controller.keys()).toEqual(['Domain/a']);
    expect(host.done('b')).toEqual(['define', 'start', 'shutdown', 'undefine']);
  });

  test('of a source that was not read as a whole removes nothing, and status says why', async () => {
    host = await TestHost.open();
    const state = await host.declare(spec('a'), spec('b'), spec('c'));
    host.controller.setDesired(host.origin, {
      ...state,
      declared: new Map(),
      complete: false,
      frozen: 'the directory is gone',
    });
    await host.rest();
    expect(host.world.actions.map(({ action }) => action.type)).not.toContain('shutdown');
    expect(host.events.recent().map(({ reason }) => reason)).toContain('SourceUnavailable');
  });

  test('in the file that is bad by now keeps the last good spec, which status names', async () => {
    host = await TestHost.open();
    const state = await host.declare(spec('a'));
    host.controller.setDesired(host.origin, {
      ...state,
      declared: new Map(),
      problems: new Map([[text('a'), 'a.yaml:4:3: bad']]),
      complete: false,
    });
    await host.rest();
    expect(host.live('a')?.state).toBe('running');
    expect(host.condition('a', 'Stalled')).toBe('True InvalidSpec');
  });

  test('of more than two and more than a quarter waits for approval', async () => {
    host = await TestHost.open();
    const names = ['a', 'b', 'c', 'd', 'e'];
    await host.declare(...names.map((name) => spec(name)));
    await host.declare(spec('a'), spec('b'));
    expect(host.controller.keys()).toHaveLength(5);
    expect(host.condition('e', 'InSync')).toBe('False Brake');
    await host.controller.approve('ann');
    await host.rest();
    expect(host.controller.keys()).toEqual(['Domain/a', 'Domain/b']);
  });

  test('is no reason to remove when this host never prunes', async () => {
    host = await TestHost.open({ prune: false });
    await host.declare(spec('a'), spec('b'));
    await host.declare(spec('a'));
    expect(host.live('b')?.state).toBe('running');
    expect(host.condition('b', 'InSync')).toBe('False NotInInventory');
  });

  test('from one source says nothing of what another declared', async () => {
    host = await TestHost.open();
    await host.declare(spec('a'));
    host.controller.setDesired('/other', await stateOf({ 'b.yaml': spec('b') }));
    await host.rest();
    host.controller.setDesired('/other', { ...(await stateOf({})), complete: true });
    await host.rest();
    expect(host.live('a')?.state).toBe('running');
    expect(host.live('b')).toBeUndefined();
  });

  test('is pruned as the policy of its own source says, whatever holds for others', async () => {
    host = await TestHost.open();
    host.controller.setDesired('/other', await stateOf({ 'b.yaml': spec('b'), 'c.yaml': spec('c') }));
    await host.rest();
    const left = await stateOf({ 'c.yaml': spec('c') });
    host.controller.setDesired('/other', left, { prune: false });
    await host.rest();
    expect(host.live('b')?.state).toBe('running');
    host.controller.setDesired('/other', left, { prune: true });
    await host.rest();
    expect(host.live('b')).toBeUndefined();
  });
});

describe('restarts', () => {
  const wants = (name: string, vcpus: number) =>
    spec(name, `  restartPolicy: Immediate\n  vcpus: ${vcpus}\n`);
  const names = ['a', 'b', 'c', 'd'];

  test('of most machines at once wait, all of them, until somebody approves', async () => {
    host = await TestHost.open();
    await host.declare(...names.map((name) => wants(name, 1)));
    await host.declare(...names.map((name) => wants(name, 2)));
    expect(names.flatMap((name) => host.done(name))).not.toContain('shutdown');
    expect(host.condition('a', 'InSync')).toBe('False Brake');
    await host.controller.approve('ann');
    await host.rest();
    expect(names.map((name) => host.done(name).slice(-2))).toEqual(names.map(() => ['shutdown', 'start']));
  });

  test('of two at once go ahead', async () => {
    host = await TestHost.open();
    await host.declare(...names.map((name) => wants(name, 1)));
    await host.declare(wants('a', 2), wants('b', 2), wants('c', 1), wants('d', 1));
    expect(host.done('a').slice(-2)).toEqual(['shutdown', 'start']);
    expect(host.done('c')).not.toContain('shutdown');
  });

  test('are held when nothing so bad is allowed', async () => {
    host = await TestHost.open({ maxDisruption: 'live' });
    await host.declare(wants('a', 1));
    await host.declare(wants('a', 2));
    expect(host.condition('a', 'InSync')).toBe('False MaxDisruption');
    // It runs as before.
    expect(host.condition('a', 'Ready')).toBe('True PendingChanges');
    expect(host.done('a')).not.toContain('shutdown');
  });
});

describe('people', () => {
  test('a suspension ends at its time, without anything else that happens', async () => {
    host = await TestHost.open();
    await host.declare(spec('a'));
    const until = new Date(host.clock.now().getTime() + 3_000).toISOString();
    await host.controller.orders.suspend(key('a'), 'ops', { until });
    await host.after(2_900);
    expect(host.condition('a', 'Suspended')).toBe('True Suspended');
    await host.after(200);
    expect(host.condition('a', 'Suspended')).toBeUndefined();
  });

  test('a suspension ends when the clock says so, also one that was set forward or back', async () => {
    host = await TestHost.open();
    await host.declare(spec('a'), spec('b'));
    const until = new Date(host.clock.now().getTime() + 3_600_000).toISOString();
    host.controller.sweep(30_000);
    await host.controller.orders.suspend(key('a'), 'ops', { until });
    host.clock.jump(3_600_000);
    await host.after(40_000);
    expect(host.condition('a', 'Suspended')).toBeUndefined();
    await host.controller.orders.suspend(key('a'), 'ops', {
      until: new Date(host.clock.now().getTime() + 60_000).toISOString(),
    });
    host.clock.jump(-3_600_000);
    await host.after(120_000);
    expect(host.condition('a', 'Suspended')).toBe('True Suspended');
    await host.after(3_600_000);
    expect(host.condition('a', 'Suspended')).toBeUndefined();
  });

  test('a suspended resource is left alone, and taken up again where the spec is by then', async () => {
    host = await TestHost.open();
    await host.declare(spec('a'));
    await host.controller.orders.suspend(key('a'), 'ops', { reason: 'looking into it' });
    await host.declare(spec('a', '  runStrategy: Halted\n'));
    expect(host.live('a')?.state).toBe('running');
    expect(host.condition('a', 'Suspended')).toBe('True Suspended');
    await host.controller.orders.resume(key('a'));
    await host.rest();
    expect(host.live('a')?.state).toBe('shutoff');
  });

  test('a suspension with an end is over by itself, whoever watches', async () => {
    host = await TestHost.open();
    await host.declare(spec('a'));
    const until = new Date(host.clock.now().getTime() + 3_600_000).toISOString();
    await host.controller.orders.suspend(key('a'), 'ops', { until });
    host.controller.sweep(30_000);
    const state = await host.declare(spec('a', '  runStrategy: Halted\n'));
    await host.after(3_500_000);
    expect(host.live('a')?.state).toBe('running');
    expect(host.entry('a').held[0]?.message).toContain(`suspended by ops until ${until}`);
    await host.after(200_000);
    expect(host.live('a')?.state).toBe('shutoff');
    expect(host.condition('a', 'Suspended')).toBeUndefined();
    expect(host.store.get(key('a'))?.suspended).toBeUndefined();
    const plan = await host.controller.preview(host.origin, state, new AbortController().signal);
    expect(plan.held).toEqual([]);
  });

  test('what a spec protects is not removed with its file', async () => {
    host = await TestHost.open();
    await host.declare(spec('a', '', ', annotations: {qonverge/protect: "true"}'), spec('b'));
    await host.declare(spec('b'));
    expect(host.live('a')?.state).toBe('running');
    expect(host.condition('a', 'InSync')).toBe('False Protected');
    await expect(host.controller.orders.undefine(key('a'))).rejects.toMatchObject({ code: 'refused' });
  });

  test('what is declared cannot be undefined, what is not can', async () => {
    host = await TestHost.open({ prune: false });
    await host.declare(spec('a'), spec('b'));
    await expect(host.controller.orders.undefine(key('a'))).rejects.toThrow(/is declared by/);
    await host.declare(spec('b'));
    await host.controller.orders.undefine(key('a'));
    await host.rest();
    expect(host.controller.keys()).toEqual(['Domain/b']);
  });

  test('an order outlives a restart of ours', async () => {
    host = await TestHost.open();
    const state = await host.declare(spec('a', '  runStrategy: Manual\n'));
    const order = { want: 'running', by: 'ann', at: '', bootId: 'boot-1' } as const;
    await host.controller.orders.setIntent(key('a'), order);
    await host.controller.close();
    await host.start();
    host.controller.setDesired(host.origin, state);
    await host.rest();
    expect(host.live('a')?.state).toBe('running');
    expect(host.controller.statusOf(key('a'))?.intent).toBe('running by ann');
  });
});

test('one revision with two sources for a name: the first counts, and both see it', async () => {
  host = await TestHost.open();
  await host.declare(spec('a'));
  host.controller.setDesired('/other', await stateOf({ 'a.yaml': spec('a', '  vcpus: 4\n') }));
  host.controller.reconcile();
  await host.rest();
  expect(host.store.get(key('a'))?.def.spec).not.toMatchObject({ vcpus: 4 });
  expect(host.condition('a', 'Conflict')).toBe('True DeclaredTwice');
});
