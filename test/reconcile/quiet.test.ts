import { afterEach, beforeEach, expect, test } from 'vitest';
import { kinds } from '../../src/kinds/table.ts';
import { key, spec, TestHost, text } from '../support/test-host.ts';

let host: TestHost;
let compared: number;

/** A driver that puts facts together anew with every look, as that of QEMU does. */
beforeEach(async () => {
  const drift: typeof kinds.Domain.drift = (desired, live) => {
    compared++;
    return kinds.Domain.drift(desired, live);
  };
  host = await TestHost.open({ kinds: { ...kinds, Domain: { ...kinds.Domain, drift } } }, (driver) => ({
    ...driver,
    observe: async (about, signal) => {
      const live = await driver.observe(about, signal);
      return live && { ...live };
    },
  }));
  await host.declare(spec('a'));
  await look();
  compared = 0;
});
afterEach(() => host.dispose());

async function look(): Promise<void> {
  host.controller.reconcile();
  await host.rest();
}

test('what is as wanted and as it was is not compared again, however often it is looked at', async () => {
  await look();
  await look();
  expect(compared).toBe(0);
  expect(host.condition('a', 'InSync')).toBe('True InSync');
});

test('one fact that is another is enough, also one that was not there', async () => {
  for (const change of [{ pid: 7 }, { degraded: 'its disk is full' }, { pid: 8 }]) {
    host.world.happen({ key: key('a'), event: 'none' }, (live) => ({ ...live, ...change }) as typeof live);
    await host.rest();
    expect(compared).toBeGreaterThan(0);
    compared = 0;
    await look();
    expect(compared).toBe(0);
  }
  expect(host.condition('a', 'Degraded')).toBe('True Degraded');
});

test('so are a record that is another, and a person who asks', async () => {
  await host.store.update(key('a'), (record) => record && { ...record });
  await look();
  expect(compared).toBeGreaterThan(0);
  compared = 0;
  host.controller.retry([text('a')]);
  await host.rest();
  expect(compared).toBeGreaterThan(0);
});
