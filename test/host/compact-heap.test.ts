import { getHeapStatistics } from 'node:v8';
import { expect, test } from 'vitest';
import { compactHeap } from '../../src/host/compact-heap.ts';

test('what stays of a burst is moved together, and its room is given back', () => {
  const burst = Array.from({ length: 2_000_000 }, (_, at) => ({ at, text: `number ${at}` }));
  const kept = burst.filter(({ at }) => at % 50 === 0);
  burst.length = 0;
  const before = getHeapStatistics().total_heap_size;
  compactHeap();
  expect(getHeapStatistics().total_heap_size).toBeLessThan(before - 64 * 1024 * 1024);
  expect(kept.every(({ at, text }, index) => at === index * 50 && text === `number ${at}`)).toBe(true);
  expect('gc' in globalThis).toBe(false);
});
