import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acquireLock, lockHolder } from '../../src/host/lock.ts';

let root: string;
let path: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'qv-lock-'));
  path = join(root, 'lock');
});
afterEach(async () => {
  if (child && child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  child = undefined;
  rmSync(root, { recursive: true, force: true });
});

const source = resolve(import.meta.dirname, '../../dist/host/lock.js');

/** Another process that takes the lock and holds it. */
async function holder(): Promise<ChildProcess> {
  const script = `
    const { acquireLock } = await import(${JSON.stringify(source)});
    acquireLock(${JSON.stringify(path)});
    console.log('held');
    setInterval(() => undefined, 1 << 30);
  `;
  child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout) await once(child.stdout, 'data');
  return child;
}

test('a lock that is held is refused with its holder, and free again when that is killed', async () => {
  const other = await holder();
  expect(() => acquireLock(path)).toThrow(
    expect.objectContaining({ code: 'state-locked', message: expect.stringContaining(String(other.pid)) }),
  );
  expect(lockHolder(path)).toBe(other.pid);
  other.kill('SIGKILL');
  await once(other, 'exit');
  const lock = acquireLock(path);
  expect(readFileSync(path, 'utf8')).toBe(`${process.pid}\n`);
  lock.release();
});

test('within one process as well there is one holder at a time', () => {
  const lock = acquireLock(path);
  expect(() => acquireLock(path)).toThrow(/is held by process/);
  lock.release();
  acquireLock(path).release();
});

test('a link in the place of the lock file is not followed', () => {
  writeFileSync(join(root, 'precious'), 'data');
  symlinkSync(join(root, 'precious'), path);
  expect(() => acquireLock(path)).toThrow();
  expect(readFileSync(join(root, 'precious'), 'utf8')).toBe('data');
});
