import { expect, test } from 'vitest';
import { WorkQueue } from '../../src/reconcile/queue.ts';
import { FakeClock } from '../support/fake-clock.ts';

/** A queue whose work ends when the test says so. */
function queueOf(workers = 2) {
  const clock = new FakeClock();
  const begun: string[] = [];
  const open = new Map<string, { end(): void; fail(error: Error): void; signal: AbortSignal }>();
  const errors: string[] = [];
  const queue = new WorkQueue({
    clock,
    workers,
    patience: 500,
    work: (key, signal) =>
      new Promise((resolve, reject) => {
        begun.push(key);
        if (open.has(key)) throw new Error(`${key} is worked on twice at once`);
        const leave = (how: () => void) => {
          open.delete(key);
          how();
        };
        open.set(key, { signal, end: () => leave(resolve), fail: (error) => leave(() => reject(error)) });
      }),
    onError: (key, error) => errors.push(`${key}: ${(error as Error).message}`),
  });
  const end = async (key: string) => {
    open.get(key)?.end();
    await clock.advance(0);
  };
  return { queue, clock, begun, open, errors, end };
}

test('a key that is added often waits once', async () => {
  const { queue, begun, end } = queueOf(1);
  queue.add('busy');
  for (let times = 0; times < 5; times++) queue.add('a');
  await end('busy');
  await end('a');
  expect(begun).toEqual(['busy', 'a']);
});

test('a key has one worker: added while it is worked on, it is looked at once more afterwards', async () => {
  const { queue, begun, open, end } = queueOf();
  queue.add('a');
  queue.add('a');
  queue.add('a');
  expect(begun).toEqual(['a']);
  await end('a');
  expect(begun).toEqual(['a', 'a']);
  await end('a');
  expect(begun).toEqual(['a', 'a']);
  expect(open.size).toBe(0);
});

test('no more keys at once than there are workers', async () => {
  const { queue, begun, end } = queueOf(2);
  for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
  expect(begun).toEqual(['a', 'b']);
  await end('a');
  expect(begun).toEqual(['a', 'b', 'c']);
});

test('work that only waits gives its place to others, and takes none from them when it ends', async () => {
  const { queue, clock, begun, end } = queueOf(1);
  queue.add('shutdown');
  for (const key of ['a', 'b']) queue.add(key);
  await clock.advance(499);
  expect(begun).toEqual(['shutdown']);
  await clock.advance(1);
  expect(begun).toEqual(['shutdown', 'a']);
  await end('shutdown');
  expect(begun).toEqual(['shutdown', 'a']);
  await end('a');
  expect(begun).toEqual(['shutdown', 'a', 'b']);
});

test('of several delays the earliest counts, and looking at once makes them void', async () => {
  const { queue, clock, begun, end } = queueOf();
  queue.addAfter('a', 1_000);
  queue.addAfter('a', 5_000);
  queue.addAfter('b', 2_000);
  queue.add('b');
  await end('b');
  await clock.advance(1_000);
  await end('a');
  await clock.advance(60_000);
  expect(begun).toEqual(['b', 'a']);
});

test('a newer wish ends the waits of the work under way, and is looked at after it', async () => {
  const { queue, begun, open, end } = queueOf();
  queue.add('a');
  const { signal } = open.get('a') ?? {};
  queue.interrupt('a');
  expect(signal?.aborted).toBe(true);
  await end('a');
  expect(begun).toEqual(['a', 'a']);
  expect(open.get('a')?.signal.aborted).toBe(false);
});

test('what work throws is told, and the key and its worker are free again', async () => {
  const { queue, clock, begun, open, errors } = queueOf(1);
  queue.add('a');
  open.get('a')?.fail(new Error('a bug'));
  await clock.advance(0);
  expect(errors).toEqual(['a: a bug']);
  queue.add('a');
  expect(begun).toEqual(['a', 'a']);
});

test('stop aborts what is under way, waits for it, and takes nothing more', async () => {
  const { queue, clock, begun, open } = queueOf(1);
  queue.add('a');
  queue.add('b');
  queue.addAfter('c', 1_000);
  let stopped = false;
  const stop = queue.stop().then(() => {
    stopped = true;
  });
  expect(open.get('a')?.signal.aborted).toBe(true);
  await clock.advance(2_000);
  expect(stopped).toBe(false);
  open.get('a')?.end();
  await stop;
  queue.add('d');
  await clock.advance(2_000);
  expect(begun).toEqual(['a']);
});
