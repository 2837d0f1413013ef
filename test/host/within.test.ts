import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { within } from '../../src/host/within.ts';

const forever = new AbortController().signal;
const ended = (limit: AbortSignal) =>
  new Promise<'ended'>((resolve) => {
    limit.addEventListener('abort', () => resolve('ended'), { once: true });
  });

test('the time is over also when everything else was collected', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const waiting = within(100, forever, ended);
  collect();
  expect(await waiting).toBe('ended');
});

test('it ends with the signal that it is given, also with one that is over already', async () => {
  const outer = new AbortController();
  const waiting = within(60_000, outer.signal, ended);
  outer.abort('enough');
  expect(await waiting).toBe('ended');
  expect(await within(60_000, outer.signal, async (limit) => limit.reason)).toBe('enough');
});

test('what is done in time is the answer', async () => {
  expect(await within(60_000, forever, async (limit) => limit.aborted)).toBe(false);
  await expect(within(60_000, forever, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
});
