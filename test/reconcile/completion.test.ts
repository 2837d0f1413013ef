import { afterEach, beforeEach, expect, test } from 'vitest';
import { baselineCapabilities } from '../../src/kinds/domain/baseline-capabilities.ts';
import { kinds } from '../../src/kinds/table.ts';
import { Failure } from '../../src/model/failure.ts';
import { key, spec, stateOf, TestHost } from '../support/test-host.ts';

let host: TestHost;
/** The names of what was completed since it was last asked for. */
let completed: string[];
let asked: { capabilities: typeof baselineCapabilities; gone: boolean };
let change: { release: string; kinds: typeof kinds };

beforeEach(async () => {
  completed = [];
  asked = { capabilities: baselineCapabilities, gone: false };
  const complete: typeof kinds.Domain.complete = (def, previous, capabilities) => {
    completed.push(def.metadata.name);
    return kinds.Domain.complete(def, previous, capabilities);
  };
  change = { release: '1', kinds: { ...kinds, Domain: { ...kinds.Domain, complete } } };
  host = await TestHost.open(change, (driver) => ({
    ...driver,
    capabilities: () =>
      asked.gone
        ? Promise.reject(new Failure('qemu-not-found', 'it is being replaced'))
        : Promise.resolve(asked.capabilities),
  }));
  await host.declare(spec('a'), spec('b'));
  completed = [];
});
afterEach(() => host.dispose());

/** Looks at all of it, which stays in sync. Returns what was completed for that. */
async function look(): Promise<string[]> {
  host.controller.reconcile();
  await host.rest();
  for (const name of ['a', 'b']) expect(host.condition(name, 'InSync')).toBe('True InSync');
  return completed.splice(0);
}

/** The next daemon on this host. */
async function again(...specs: readonly string[]): Promise<string[]> {
  await host.controller.close();
  await host.start();
  await host.declare(...specs);
  return look();
}

test('what is the same as before is not completed again, also not after a restart', async () => {
  const before = host.store.get(key('a'))?.def;
  expect(await look()).toEqual([]);
  expect(await again(spec('a'), spec('b'))).toEqual([]);
  expect(host.store.get(key('a'))?.def).toEqual(before);
});

test('a spec that changed while nobody watched is completed again, and no other', async () => {
  expect(await again(spec('a', '  title: other\n'), spec('b'))).toEqual(['a']);
  expect(host.store.get(key('a'))?.def.spec.title).toBe('other');
  expect(await again(spec('a', '  title: other\n'), spec('b'))).toEqual([]);
});

test('another release completes anew, once', async () => {
  change.release = '2';
  expect(await again(spec('a'), spec('b'))).toEqual(['a', 'b']);
  expect(await again(spec('a'), spec('b'))).toEqual([]);
});

test('after an upgrade of QEMU a daemon that runs completes anew, and one that starts', async () => {
  const { starts } = host.live('a') ?? {};
  asked.capabilities = { ...baselineCapabilities, version: '9.2.0' };
  expect(await look()).toEqual(['a', 'b']);
  expect(await look()).toEqual([]);
  expect(await again(spec('a'), spec('b'))).toEqual([]);
  asked.capabilities = { ...baselineCapabilities, version: '10.0.0' };
  expect(await again(spec('a'), spec('b'))).toEqual(['a', 'b']);
  expect(host.live('a')?.starts).toBe(starts);
});

test('the same capabilities said again are no upgrade', async () => {
  asked.capabilities = structuredClone(baselineCapabilities);
  expect(await look()).toEqual([]);
});

test('while QEMU is being replaced, what is known holds', async () => {
  asked.gone = true;
  expect(await look()).toEqual([]);
  expect(await again(spec('a'), spec('b'))).toEqual([]);
});

test('a definition on record that is another by now is not taken for what the spec comes to', async () => {
  await host.controller.close();
  const record = host.store.get(key('a'));
  if (!record) throw new Error('there is no record');
  const def = { ...record.def, spec: { ...record.def.spec, memory: 2 ** 30 } };
  await host.store.put({ ...record, def, generation: record.generation + 1 });
  await host.start();
  host.controller.setDesired(
    host.origin,
    await stateOf({ 'all.yaml': [spec('a'), spec('b')].join('---\n') }),
  );
  await host.rest();
  expect(completed).toEqual(['a']);
});
