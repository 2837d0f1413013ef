import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { operationNamed } from '../../src/api/operations.ts';
import { kinds } from '../../src/kinds/table.ts';
import { Failure } from '../../src/model/failure.ts';
import { PolicyWall } from '../../src/reconcile/policy-wall.ts';
import { key, spec, stateOf, TestHost } from '../support/test-host.ts';

const ann = 'https://git.example.com/ann.git#main:.';
let directory: string;
let file: string;
let host: TestHost;
let wall: PolicyWall;

function grant(bridge: string): void {
  const rule = `{source: "*", bridges: [${bridge}]}`;
  writeFileSync(file, `apiVersion: qonverge/v1\nkind: Policy\nsources: [${rule}]\n`, { mode: 0o600 });
}
async function push(bridge: string): Promise<void> {
  const card = `  devices: {interfaces: [{name: lan, type: bridge, bridge: ${bridge}}]}\n`;
  host.controller.setDesired(
    ann,
    await stateOf({ 'a.yaml': spec('a', `  runStrategy: UnlessStopped\n${card}`) }),
  );
  await host.rest();
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'qv-saved-'));
  file = join(directory, 'policy.yaml');
  grant('lan, dmz');
  wall = await PolicyWall.open({
    file,
    required: true,
    kinds,
    ownPaths: () => [],
    ownerOf: (known) => host.store.ownerOf(known),
    isHere: (known) => host.store.at(known) !== undefined,
    accepted: () => [],
  });
  host = await TestHost.open({ wall });
});
afterEach(async () => {
  await host.dispose();
  rmSync(directory, { recursive: true, force: true });
});

test('the policy is asked for the machine that goes on, not only for the one that is wanted', async () => {
  const order = (want: 'running' | 'stopped') => ({ want, by: 'ann', at: '', bootId: 'boot-1' });
  const save = { action: { type: 'save' }, signal: new AbortController().signal, first: true } as const;
  await push('lan');
  await host.controller.orders.setIntent(key('a'), order('stopped'), save);
  await push('dmz');
  grant('dmz');
  await wall.reload();
  await host.controller.orders.setIntent(key('a'), order('running'));
  await host.rest();
  expect(host.live('a')).toMatchObject({ state: 'shutoff', saved: {} });
  expect(host.entry('a').failure).toMatchObject({
    code: 'policy-violation',
    message: expect.stringContaining('lan'),
  });
  grant('dmz, lan');
  await wall.reload();
  await host.controller.orders.setIntent(key('a'), order('running'));
  await host.rest();
  expect(host.live('a')?.running?.spec.devices?.interfaces?.[0]?.bridge).toBe('lan');
});

test('given up after restores that failed, it starts at once', async () => {
  await host.dispose();
  host = await TestHost.open({ wall }, (driver) => ({
    ...driver,
    perform: async (about, action, signal) => {
      if (action.type === 'start' && host.live(about.name)?.saved)
        throw new Failure('restore-failed', 'it did not go on', { retry: 'never' });
      return driver.perform(about, action, signal);
    },
  }));
  await push('lan');
  const order = (want: 'running' | 'stopped') => ({ want, by: 'ann', at: '', bootId: 'boot-1' });
  const save = { action: { type: 'save' }, signal: new AbortController().signal, first: true } as const;
  await host.controller.orders.setIntent(key('a'), order('stopped'), save);
  for (const _ of [1, 2]) {
    await host.controller.orders.setIntent(key('a'), order('running'));
    await host.rest();
    expect(host.entry('a').failure?.code).toBe('restore-failed');
  }
  const discard = { name: 'a', discard: true };
  const status = await operationNamed('save').run(
    host.host,
    discard,
    () => undefined,
    AbortSignal.timeout(10_000),
  );
  expect(status).toMatchObject({ state: 'running' });
});
