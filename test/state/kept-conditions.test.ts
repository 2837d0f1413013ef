import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type KeyText, keyText } from '../../src/model/resource.ts';
import type { Condition } from '../../src/model/status.ts';
import type { ResourceRecord } from '../../src/state/records.ts';
import { Store } from '../../src/state/store.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'conditions-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const open = () => Store.open({ stateDir: root, runDir: root, logDir: root });
const file = () => join(root, 'conditions.json');

function record(name: string, generation = 1): ResourceRecord<'Volume'> {
  const key = { kind: 'Volume', name } as const;
  const def = { kind: 'Volume', metadata: { name }, spec: { capacity: generation } } as const;
  return { key, def, origin: { source: '/specs' }, generation };
}

function said(message: string): readonly Condition[] {
  const lastTransitionTime = '2026-01-01T00:00:00.000Z';
  return [
    {
      type: 'Ready',
      status: 'True',
      reason: 'Converged',
      message,
      lastTransitionTime,
      observedGeneration: 1,
    },
  ];
}

const present = (rows: Readonly<Record<string, string>>) =>
  new Map<KeyText, readonly Condition[]>(
    Object.entries(rows).map(([name, message]) => [keyText({ kind: 'Volume', name }), said(message)]),
  );
const messages = (store: Store) =>
  Object.fromEntries([...store.all()].map(({ key, conditions }) => [key.name, conditions?.[0]?.message]));

/** Two records of which something was said by a daemon that is gone. */
async function before(): Promise<void> {
  const store = await open();
  await store.put(record('a'));
  await store.put(record('b'));
  await store.keepConditions(present({ a: 'one', b: 'two' }));
}

test('what was said is known to the next one, and no record is written for it', async () => {
  await before();
  const path = join(root, 'definitions', 'volumes', 'a.json');
  expect(readFileSync(path, 'utf8')).not.toContain('conditions');
  expect(messages(await open())).toEqual({ a: 'one', b: 'two' });
});

test('what was not looked at keeps what was said of it', async () => {
  await before();
  await (await open()).keepConditions(present({ a: 'other' }));
  expect(messages(await open())).toEqual({ a: 'other', b: 'two' });
});

test('nothing new is nothing to write', async () => {
  await before();
  const store = await open();
  rmSync(file());
  await store.keepConditions(present({ a: 'one', b: 'two' }));
  expect(existsSync(file())).toBe(false);
});

test('what was said of a generation says nothing of another, nor of what is gone', async () => {
  await before();
  const store = await open();
  await store.put(record('a', 2));
  await store.delete(record('b').key);
  expect(messages(await open())).toEqual({ a: undefined });
});

test('a file that is cut off, changed or of a newer release is named, and every record stands', async () => {
  await before();
  const text = readFileSync(file(), 'utf8');
  const damaged: readonly [code: string, text: string][] = [
    ['state-corrupt', text.replace('"one"', '"eno"')],
    ['state-corrupt', text.slice(0, -20)],
    ['state-corrupt', ''],
    ['state-newer', text.replace('"schemaVersion":1', '"schemaVersion":2')],
  ];
  for (const [code, other] of damaged) {
    writeFileSync(file(), other);
    const store = await open();
    expect(store.problems.map(({ path, failure }) => [path, failure.code])).toEqual([[file(), code]]);
    expect(messages(store)).toEqual({ a: undefined, b: undefined });
  }
});
