import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WorkerPool } from '../../src/host/workers.ts';

let directory: string;
let pool: WorkerPool<string, string> | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'qv-workers-'));
});
afterEach(async () => {
  await pool?.close();
  rmSync(directory, { recursive: true, force: true });
});

function open(size = 2, timeout = 1_000): WorkerPool<string, string> {
  const entry = join(directory, 'worker.mjs');
  writeFileSync(
    entry,
    `import { parentPort, threadId, workerData } from 'node:worker_threads';
parentPort.on('message', (task) => {
  if (task === 'spin') for (;;);
  if (task === 'grow') { const hoard = []; for (;;) hoard.push(new Array(100_000).fill(task)); }
  if (task === 'throw') throw new Error('broken');
  if (task === 'exit') process.exit(3);
  parentPort.postMessage(task === 'thread' ? String(threadId) : workerData + task);
});
parentPort.postMessage('ready');
`,
  );
  pool = new WorkerPool(pathToFileURL(entry), { size, timeout, maxHeapMb: 32, data: 'did ' });
  return pool;
}

test('many tasks are answered, each its own, by no more workers than asked for', async () => {
  const workers = open(2);
  const tasks = Array.from({ length: 100 }, (_, at) => `task ${at}`);
  expect(await Promise.all(tasks.map((task) => workers.run(task)))).toEqual(
    tasks.map((task) => `did ${task}`),
  );
  const threads = await Promise.all(tasks.map(() => workers.run('thread')));
  expect(new Set(threads).size).toBeLessThanOrEqual(2);
});

test.each([
  ['spin', 'not done within 300 ms'],
  ['grow', 'memory'],
  ['throw', 'broken'],
  ['exit', 'ended (3)'],
])('a task that does %s fails alone: the others are answered', async (task, message) => {
  // Whoever spins is waited for; whoever grows is given the time to hit its bound.
  const workers = open(1, task === 'spin' ? 300 : 15_000);
  const results = await Promise.allSettled(['a', task, 'b', 'c'].map((word) => workers.run(word)));
  expect(results.map((result) => (result.status === 'fulfilled' ? result.value : 'failed'))).toEqual([
    'did a',
    'failed',
    'did b',
    'did c',
  ]);
  expect(String((results[1] as PromiseRejectedResult).reason.message)).toContain(message);
});

test('workers that cannot even start fail their tasks instead of starting for ever', async () => {
  pool = new WorkerPool(pathToFileURL(join(directory, 'nowhere.mjs')), {
    size: 2,
    timeout: 1_000,
    maxHeapMb: 32,
  });
  const results = await Promise.allSettled(['a', 'b', 'c'].map((task) => pool?.run(task)));
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
});

test('closing fails what is still waited for', async () => {
  const workers = open(1, 60_000);
  const spinning = workers.run('spin');
  const waiting = workers.run('a');
  setTimeout(() => workers.close(), 200);
  await expect(spinning).rejects.toMatchObject({ code: 'cancelled' });
  await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
});
