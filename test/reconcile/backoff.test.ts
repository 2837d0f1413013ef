import { expect, test } from 'vitest';
import { backoffDelay, backoffLeft, nextBackoff } from '../../src/reconcile/backoff.ts';
import type { BackoffRecord } from '../../src/state/records.ts';

const start = Date.parse('2030-01-01T00:00:00.000Z');
const at = (seconds: number) => new Date(start + seconds * 1_000);
const left = (record: BackoffRecord, seconds: number) => backoffLeft(record, at(seconds)) / 1_000;

test('the first retry is at once, then 10 s · n², and never more than 300 s', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 100].map((failures) => backoffDelay(failures) / 1_000)).toEqual([
    0, 10, 40, 90, 160, 250, 300, 300,
  ]);
});

test('failures in a row add up', () => {
  let record: BackoffRecord | undefined;
  const waits: number[] = [];
  let now = 0;
  for (let times = 0; times < 8; times++) {
    record = nextBackoff(record, at(now), 0, 'bad disk');
    waits.push(left(record, now));
    now += left(record, now) + 1;
  }
  expect(waits).toEqual([0, 10, 40, 90, 160, 250, 300, 300]);
  expect(record).toMatchObject({ failures: 8, lastError: 'bad disk', since: at(0).toISOString() });
});

test('ten minutes of health after the last retry begin a new count, nine do not', () => {
  const record = nextBackoff(nextBackoff(undefined, at(0), 0, 'x'), at(1), 0, 'x');
  expect(nextBackoff(record, at(11 + 9 * 60), 0, 'x').failures).toBe(3);
  expect(nextBackoff(record, at(11 + 10 * 60 + 1), 0, 'x')).toMatchObject({
    failures: 1,
    since: at(11 + 601).toISOString(),
  });
});

test('jitter adds up to a tenth', () => {
  const third = nextBackoff(nextBackoff(undefined, at(0), 1, 'x'), at(0), 1, 'x');
  expect(left(third, 0)).toBe(11);
});

test('a wall clock that jumps back does not make a wait longer than the longest', () => {
  const record = nextBackoff(nextBackoff(undefined, at(0), 0, 'x'), at(0), 0, 'x');
  expect(left(record, -10 * 365 * 86_400)).toBe(330);
  expect(left(record, 10 * 365 * 86_400)).toBe(0);
});

test('what only a change of spec or host helps waits the longest time at once', () => {
  expect(left(nextBackoff(undefined, at(0), 0, 'kvm', 300_000), 0)).toBe(300);
});
