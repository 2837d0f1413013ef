import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppendLog } from '../../src/host/append-log.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'log-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('lines come back as they were appended, however long, and wherever a piece of the file ends', () => {
  const log = new AppendLog(join(root, 'log'));
  const lines = [
    'a',
    'ü'.repeat(700_000),
    'b',
    '€'.repeat(400_001),
    ...Array.from({ length: 5_000 }, (_, at) => `line ${at} ✓`),
  ];
  log.append(lines.slice(0, 3));
  log.append(lines.slice(3));
  expect([...log.lines()]).toEqual(lines);
  log.close();
});

test('a log that is not there is empty, and a line that was cut off comes last', () => {
  const log = new AppendLog(join(root, 'log'));
  expect([...log.lines()]).toEqual([]);
  log.append(['whole']);
  log.close();
  appendFileSync(log.path, 'cut o');
  expect([...log.lines()]).toEqual(['whole', 'cut o']);
});
