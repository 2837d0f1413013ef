import { expect, test } from 'vitest';
import { systemClock } from '../../src/host/clock.ts';
import { keepGoing } from '../../src/host/keep-going.ts';

test('work that fails is begun anew, until it ends or nobody wants it', async () => {
  const failures: unknown[] = [];
  const wanted = new AbortController();
  const how = {
    clock: systemClock,
    pause: 1,
    signal: wanted.signal,
    onFailure: (error: unknown) => void failures.push(error),
  };
  let times = 0;
  await keepGoing(async () => {
    if (++times < 3) throw new Error(`failure ${times}`);
  }, how);
  expect([times, failures.map(String)]).toEqual([3, ['Error: failure 1', 'Error: failure 2']]);
  await keepGoing(async () => {
    wanted.abort();
    throw new Error('ended');
  }, how);
  expect(failures).toHaveLength(2);
});
