import { afterEach, expect, test } from 'vitest';
import { spec, TestHost, text } from '../support/test-host.ts';

let host: TestHost;
afterEach(() => host.dispose());

const db = spec(
  'db',
  '  readiness: {tcp: "10.0.0.5:5432", period: 5s, failureThreshold: 2, hint: see the log of db}\n',
);
const web = spec('web', '  dependsOn: [{kind: Domain, name: db, ready: true}]\n');
const refuses = { ok: false, message: 'tcp 10.0.0.5:5432: connection refused' };
const works = { ok: true, message: 'tcp 10.0.0.5:5432: connected' };

const ready = (name: string) => {
  const found = host.entry(name).conditions.find(({ type }) => type === 'Ready');
  return `${found?.status} ${found?.reason}: ${found?.message}`;
};

test('it runs, and is Ready when its probe says so', async () => {
  host = await TestHost.open();
  host.world.answers.set(text('db'), refuses);
  await host.declare(db);
  expect(host.live('db')?.state).toBe('running');
  await host.after(1_000);
  expect(ready('db')).toBe('False ProbePending: tcp 10.0.0.5:5432: connection refused; see the log of db');
  await host.after(5_000);
  expect(ready('db')).toBe('False ProbeFailing: tcp 10.0.0.5:5432: connection refused; see the log of db');
  expect(host.condition('db', 'InSync')).toBe('True InSync');
  host.world.answers.set(text('db'), works);
  await host.after(5_000);
  expect(ready('db')).toBe('True Converged: ');
});

test('one failure does not make it less ready, as many as failureThreshold do', async () => {
  host = await TestHost.open();
  await host.declare(db);
  await host.after(1);
  host.world.answers.set(text('db'), refuses);
  await host.after(5_000);
  expect(ready('db')).toContain('True Converged');
  await host.after(5_000);
  expect(ready('db')).toContain('False ProbeFailing');
});

test('who needs it to be ready starts only then, and goes on when it is not any more', async () => {
  host = await TestHost.open();
  host.world.answers.set(text('db'), refuses);
  await host.declare(web, db);
  await host.after(20_000);
  expect(host.done('web')).toEqual(['define']);
  expect(host.entry('web').held[0]?.message).toBe(
    'waits until Domain/db is ready: tcp 10.0.0.5:5432: connection refused; see the log of db',
  );
  host.world.answers.set(text('db'), works);
  await host.after(5_000);
  expect(host.done('web')).toEqual(['define', 'start']);
  host.world.answers.set(text('db'), refuses);
  await host.after(60_000);
  expect(ready('db')).toContain('ProbeFailing');
  expect(host.condition('web', 'Ready')).toBe('True Converged');
});

test('another run has to show again that it works', async () => {
  host = await TestHost.open();
  await host.declare(db, web);
  await host.after(1_000);
  expect(host.done('web')).toEqual(['define', 'start']);
  host.world.answers.set(text('db'), refuses);
  await host.controller.orders.setIntent(
    { kind: 'Domain', name: 'db' },
    { want: 'running', by: 'ops', at: '', bootId: 'boot-1', restart: true },
  );
  await host.after(1_000);
  expect(ready('db')).toContain('False ProbePending');
});

test('the first try waits for initialDelay', async () => {
  host = await TestHost.open();
  await host.declare(spec('db', '  readiness: {tcp: "10.0.0.5:1", initialDelay: 30s}\n'));
  await host.after(29_000);
  expect(ready('db')).toBe('False ProbePending: not probed yet');
  await host.after(2_000);
  expect(ready('db')).toBe('True Converged: ');
});

test('nobody tries more than a few at once, and probes that hang delay no other resource', async () => {
  let most = 0;
  let under = 0;
  let release = () => {};
  const hung = new Promise<void>((resolve) => {
    release = resolve;
  });
  host = await TestHost.open({}, (driver) => ({
    ...driver,
    probe: async () => {
      most = Math.max(most, ++under);
      await hung;
      under--;
      return { ok: true, message: '' };
    },
  }));
  const many = Array.from({ length: 20 }, (_, at) => spec(`vm-${at}`, '  readiness: {tcp: "10.0.0.5:1"}\n'));
  await host.declare(...many, spec('plain'));
  await host.after(1_000);
  expect(most).toBe(8);
  expect(host.condition('plain', 'Ready')).toBe('True Converged');
  expect(host.condition('vm-19', 'Ready')).toBe('False ProbePending');
  release();
  await host.after(1_000);
  expect(host.condition('vm-19', 'Ready')).toBe('True Converged');
  expect(most).toBe(8);
});

test('without a probe, running is ready; nothing is left to wake when all is closed', async () => {
  host = await TestHost.open();
  await host.declare(spec('plain'), db);
  expect(host.condition('plain', 'Ready')).toBe('True Converged');
  await host.controller.close();
  expect(host.clock.nextWake).toBeUndefined();
});
