import { afterEach, expect, test } from 'vitest';
import { Failure } from '../../src/model/failure.ts';
import type { Departed, HostShutdown } from '../../src/reconcile/host-shutdown.ts';
import { departures } from '../../src/reconcile/shutdown-order.ts';
import { spec, TestHost } from '../support/test-host.ts';

let host: TestHost | undefined;
afterEach(async () => {
  await host?.dispose();
  host = undefined;
});

const db = spec('db', '  terminationGracePeriod: 600\n');
const web = spec('web', '  terminationGracePeriod: 600\n  dependsOn: [db]\n');
const lone = spec('lone', '  runStrategy: Manual\n');
const how: HostShutdown = { mode: 'stop', timeout: 100_000, force: true };

async function shutDown(given: Partial<HostShutdown> = {}): Promise<string[]> {
  const said: Departed[] = [];
  await host?.controller.orders.shutdownHost({ ...how, ...given }, (one) => said.push(one));
  return said.map(({ key, how: word, message }) => `${key.name} ${word}${message ? `: ${message}` : ''}`);
}
const ends = () =>
  host?.world.actions
    .filter(({ action }) => ['shutdown', 'save', 'destroy'].includes(action.type))
    .map(({ key, action }) => `${key.name} ${action.type}`);

test('each goes after those that need it, what does not run is not touched, and nothing comes back', async () => {
  host = await TestHost.open();
  await host.declare(db, web, lone);
  expect(await shutDown()).toEqual(['web stopped', 'db stopped']);
  expect(ends()).toEqual(['web shutdown', 'db shutdown']);
  await host.after(600_000);
  expect(host.live('db')?.state).toBe('shutoff');
  await expect(
    host.controller.orders.act(
      { kind: 'Domain', name: 'db' },
      { type: 'reset' },
      new AbortController().signal,
      'ops',
    ),
  ).rejects.toThrow('the host is being shut down');
});

test('when we are back, all that ran runs again, and nothing else', async () => {
  host = await TestHost.open();
  const once = spec('job', '  runStrategy: Once\n');
  await host.declare(db, web, lone, once, spec('off', '  runStrategy: Manual\n'));
  await host.controller.orders.setIntent(
    { kind: 'Domain', name: 'lone' },
    { want: 'running', by: 'ops', at: '', bootId: 'boot-1' },
  );
  await host.rest();
  await shutDown();
  await host.controller.close();
  await host.start();
  await host.declare(db, web, lone, once, spec('off', '  runStrategy: Manual\n'));
  const states = ['db', 'web', 'lone', 'job', 'off'].map((name) => `${name} ${host?.live(name)?.state}`);
  expect(states).toEqual(['db running', 'web running', 'lone running', 'job shutoff', 'off shutoff']);
});

test('everybody has a fair share of the time, and what is not down by then is ended', async () => {
  const periods: string[] = [];
  host = await TestHost.open({}, (driver) => ({
    ...driver,
    perform: async (about, action, signal) => {
      if (action.type !== 'shutdown') return driver.perform(about, action, signal);
      periods.push(`${about.name} ${action.gracePeriod}`);
      await host?.clock.sleep(action.gracePeriod * 1_000);
      throw new Failure('shutdown-timeout', 'the guest did not shut down');
    },
  }));
  await host.declare(db, web);
  const going = shutDown();
  for (let second = 0; second < 10; second++) await host.clock.advance(10_000);
  expect(await going).toEqual([
    'web forced: the guest did not shut down',
    'db forced: the guest did not shut down',
  ]);
  expect(periods).toEqual(['web 50', 'db 50']);
});

test('without force it is left running, and said', async () => {
  host = await TestHost.open({}, (driver) => ({
    ...driver,
    perform: (about, action, signal) =>
      action.type === 'shutdown'
        ? Promise.reject(new Failure('shutdown-timeout', 'it will not'))
        : driver.perform(about, action, signal),
  }));
  await host.declare(db);
  expect(await shutDown({ force: false })).toEqual(['db left: it will not']);
  expect(host.live('db')?.state).toBe('running');
});

test('suspend saves; what cannot be saved is stopped', async () => {
  host = await TestHost.open({}, (driver) => ({
    ...driver,
    perform: (about, action, signal) =>
      action.type === 'save' && about.name === 'web'
        ? Promise.reject(new Failure('save-failed', 'a device of the host'))
        : driver.perform(about, action, signal),
  }));
  await host.declare(db, web);
  expect(await shutDown({ mode: 'suspend' })).toEqual(['web stopped: a device of the host', 'db saved']);
  expect(host.live('db')?.saved).toBeDefined();
});

test('a circle goes down too', () => {
  const order = departures(
    new Map([
      ['a', ['b']],
      ['b', ['a']],
      ['c', ['a', 'gone']],
    ]),
  );
  expect(order).toEqual([
    { text: 'c', after: [], following: 2 },
    { text: 'a', after: ['c'], following: 1 },
    { text: 'b', after: ['a'], following: 0 },
  ]);
});
