import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { baselineCapabilities } from '../../src/kinds/domain/baseline-capabilities.ts';
import { kinds } from '../../src/kinds/table.ts';
import type { ResourceKey } from '../../src/model/resource.ts';
import { type RunRecord, RunRecords } from '../../src/state/run-records.ts';

let root: string;
const open = () => {
  const records = new RunRecords({ stateDir: root, runDir: root, logDir: root });
  records.load();
  return records;
};
const key = (name: string): ResourceKey<'Domain'> => ({ kind: 'Domain', name });
const record = (name: string): RunRecord => ({
  key: key(name),
  uuid: 'u',
  identity: { pid: 1, startTime: '1', exe: '/qemu', bootId: 'boot' },
  running: kinds.Domain.complete(
    { kind: 'Domain', metadata: { name }, spec: { memory: 2 ** 26 } },
    undefined,
    baselineCapabilities,
  ),
  startedAt: '2026-01-01T00:00:00Z',
  emulator: '/qemu',
  helpers: [],
  taps: [],
});
const start = (records: RunRecords, name: string) => {
  const directory = records.directory(key(name));
  mkdirSync(directory, { recursive: true });
  records.put(record(name));
  return directory;
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'qv-run-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('a machine keeps its directory under another name, also for who opens it next', () => {
  const records = open();
  const directory = start(records, 'a');
  records.rename(key('a'), record('b'));
  for (const each of [records, open()]) {
    expect(each.directory(key('b'))).toBe(directory);
    expect([...each.all()].map((one) => one.key.name)).toEqual(['b']);
  }
});

test('whoever takes the old name lives elsewhere, and stays there when that directory is free again', () => {
  const records = open();
  const directory = start(records, 'a');
  records.rename(key('a'), record('b'));
  const other = records.directory(key('a'));
  expect(other).not.toBe(directory);
  records.delete(key('b'));
  expect(start(records, 'a')).toBe(other);
  expect(open().directory(key('a'))).toBe(other);
});

test('one that was found without its record gets it where it was found', () => {
  const records = open();
  const directory = join(root, 'd', 'somewhere');
  mkdirSync(directory);
  records.put(record('a'), directory);
  expect(open().directory(key('a'))).toBe(directory);
});
