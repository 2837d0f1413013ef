import { expect, test } from 'vitest';
import { RestartTurns } from '../../src/reconcile/restart-turns.ts';

test('one at a time: the second waits until the first is back, and is told', () => {
  const turns = new RestartTurns();
  expect(turns.refuse('Domain/a', 1)).toBeUndefined();
  turns.take('Domain/a');
  expect(turns.refuse('Domain/b', 1)).toContain('Domain/a is not back from a restart yet');
  expect(turns.release('Domain/c')).toEqual([]);
  expect(turns.release('Domain/a')).toEqual(['Domain/b']);
  expect(turns.refuse('Domain/b', 1)).toBeUndefined();
});

test('who is down already may go on with its own restart', () => {
  const turns = new RestartTurns();
  turns.take('Domain/a');
  expect(turns.refuse('Domain/a', 1)).toBeUndefined();
});

test('as many as are allowed are down at once', () => {
  const turns = new RestartTurns();
  for (const name of ['a', 'b']) {
    expect(turns.refuse(`Domain/${name}`, 2)).toBeUndefined();
    turns.take(`Domain/${name}`);
  }
  expect(turns.refuse('Domain/c', 2)).toContain('2 at once');
});

test('who waited and is gone is not told any more', () => {
  const turns = new RestartTurns();
  turns.take('Domain/a');
  turns.refuse('Domain/b', 1);
  turns.release('Domain/b');
  expect(turns.release('Domain/a')).toEqual([]);
});
