import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { restart, start, stop } from '../../src/api/operations/orders.ts';
import { spec, stateOf, TestHost } from '../support/test-host.ts';

let host: TestHost;
beforeEach(async () => {
  host = await TestHost.open();
});
afterEach(() => host.dispose());

const signal = new AbortController().signal;
const as = (mode: string, memory = '64MiB', more = '') =>
  spec('a', '  restartPolicy: Immediate\n', `, annotations: {qonverge/reconcile: ${mode}${more}}`).replace(
    '64MiB',
    memory,
  );
const order = (by: typeof start) => by.run(host.host, { name: 'a' }, () => undefined, signal);
const state = () => host.live('a')?.state;
const memory = () => (host.live('a')?.running?.spec.memory ?? 0) / 2 ** 20;

test('what is disabled is written down and not started, until a person says so', async () => {
  await host.declare(as('disabled'));
  expect(state()).not.toBe('running');
  expect(host.condition('a', 'InSync')).toBe('False Drift');
  expect(host.condition('a', 'Ready')).toMatch(/^False/);
  await order(start);
  expect(state()).toBe('running');
  expect(host.condition('a', 'InSync')).toBe('True InSync');
});

describe.each(['ensure-exists', 'disabled'])('in the mode %s', (mode) => {
  beforeEach(async () => {
    await host.declare(as(mode));
    await order(start);
  });

  test('a change is written down, and comes in when a person restarts it', async () => {
    await host.declare(as(mode, '96MiB'));
    expect([memory(), host.condition('a', 'InSync')]).toEqual([64, 'False Drift']);
    await order(restart);
    expect([memory(), host.condition('a', 'InSync')]).toEqual([96, 'True InSync']);
  });

  test('what a person stops stays down, also under runStrategy Always', async () => {
    await order(stop);
    await host.after(60_000);
    expect([state(), host.condition('a', 'InSync')]).toEqual(['shutoff', 'True InSync']);
    await order(start);
    expect(state()).toBe('running');
  });

  test('its removal waits for a person', async () => {
    await host.declare(spec('b'));
    expect(host.condition('a', 'InSync')).toBe('False NeedsApproval');
    expect(state()).toBe('running');
    await host.controller.approveOne({ kind: 'Domain', name: 'a' }, 'a person');
    await host.rest();
    expect(host.live('a')).toBeUndefined();
  });

  test('a protection written later holds', async () => {
    await host.declare(as(mode, '64MiB', ', qonverge/protect: "true"'));
    await host.declare(spec('b'));
    expect(host.condition('a', 'InSync')).toBe('False Protected');
  });
});

test('annotations of ours that nobody would hear are mistakes', async () => {
  const { diagnostics } = await stateOf({
    'a.yaml': as('disable', '64MiB', ', qonverge/protect: "yes", qonverge/own: x'),
  });
  expect(diagnostics.map(({ code, message, line }) => [code, message, line])).toEqual([
    ['invalid-value', 'qonverge/reconcile can\'t be "disable"', 3],
    ['invalid-value', 'qonverge/protect can\'t be "yes"', 3],
    ['unknown-field', 'no annotation is named qonverge/own', 3],
  ]);
});

test('what is suspended is stopped when a person says so, and stays down until it is taken up again', async () => {
  await host.declare(spec('a'));
  const a = { kind: 'Domain', name: 'a' } as const;
  await host.controller.orders.suspend(a, 'a person');
  await order(stop);
  await host.after(60_000);
  expect(state()).toBe('shutoff');
  await host.controller.orders.resume(a);
  await host.rest();
  expect(state()).toBe('running');
});
