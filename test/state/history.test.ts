import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { HistoryRow } from '../../src/model/history.ts';
import { History } from '../../src/state/history.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'history-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const open = (most?: number) => new History({ stateDir: root, runDir: root, logDir: root }, most);
const row = (name: string, at: number, more: Partial<HistoryRow> = {}): HistoryRow => ({
  key: `Domain/${name}`,
  at: new Date(at * 1000).toISOString(),
  by: 'daemon',
  steps: [{ action: 'start', impact: 'none', reason: 'it should run', paths: [] }],
  done: 1,
  outcome: 'converged',
  duration: at,
  ...more,
});

test('rows of a resource come newest first, and are there for who comes after a kill', () => {
  const history = open();
  for (let at = 1; at <= 3; at++) history.append(row('a', at));
  history.append(row('ab', 4));
  const again = open();
  expect(again.of('Domain/a').map(({ duration }) => duration)).toEqual([3, 2, 1]);
  expect(again.of('Domain/a', 1).map(({ duration }) => duration)).toEqual([3]);
  expect(again.of('Domain/never')).toEqual([]);
});

test('the same failure again and again is one row that counts, and what differs is not', () => {
  const history = open();
  history.append(row('a', 1));
  for (let at = 2; at <= 9; at++) history.append(row('a', at, { outcome: 'failed', message: 'no' }));
  history.append(row('a', 10, { outcome: 'failed', message: 'other' }));
  const found = history.of('Domain/a').map(({ message, times }) => [message, times]);
  expect(found).toEqual([
    ['other', undefined],
    ['no', 8],
    [undefined, undefined],
  ]);
});

test('a line that was cut off spoils no other', () => {
  open().append(row('a', 1));
  appendFileSync(join(root, 'history.jsonl'), '{"key":"Domain/a","at":"20');
  open().append(row('a', 2));
  expect(open().of('Domain/a')).toHaveLength(2);
});

test('it is bounded, and one that is busy does not push out the others', async () => {
  const history = open(64 * 1024);
  history.append(row('quiet', 1));
  for (let at = 2; at < 5_000; at++) history.append(row('busy', at, { message: `${at}` }));
  await history.close();
  expect(statSync(join(root, 'history.jsonl')).size).toBeLessThan(80 * 1024);
  expect(open().of('Domain/quiet')).toHaveLength(1);
  expect(open().of('Domain/busy')[0]?.duration).toBe(4_999);
});
