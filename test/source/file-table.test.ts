import { expect, test } from 'vitest';
import { FileTable } from '../../src/source/file-table.ts';

const settle = 500;
const read = { decoded: { declared: [], diagnostics: [], mentioned: [] }, whole: true };

/** A table that has read these files long ago. */
function tableOf(...paths: string[]): FileTable {
  const table = new FileTable(settle);
  const files = paths.map((path) => ({ path, size: 1, changedMs: 0, signature: path }));
  const { due } = table.look(files, 100_000, 100_000);
  for (const file of due) table.accept(file, read, 100_000);
  table.started();
  return table;
}

test('files that go one after the other are gone together, so that all of them are counted', () => {
  const table = tableOf('a', 'b', 'c', 'd');
  table.glance([], ['a'], 101_000, 101_000);
  table.glance([], ['a', 'b'], 103_000, 103_000);
  table.glance([], ['a', 'b', 'c'], 105_000, 105_000);
  expect(table.glance([], ['a', 'b', 'c'], 109_900, 109_900).unsettled).toBe(true);
  expect(table.size).toBe(4);
  expect(table.glance([], ['a', 'b', 'c'], 110_000, 110_000).unsettled).toBe(false);
  expect(table.size).toBe(1);
});

test('where files go all the time, none waits for the others without end', () => {
  const names = Array.from({ length: 30 }, (_, at) => `f${at}`);
  const table = tableOf('first', 'stays', ...names);
  const sizes = names.map((_, at) => {
    const now = 101_000 + at * 1_000;
    table.glance([], ['first', ...names.slice(0, at)], now, now);
    return table.size;
  });
  expect(sizes[14]).toBe(32);
  expect(sizes[16]).toBeLessThan(32);
});
