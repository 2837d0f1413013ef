import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectUnix, listenUnix, serveUnix } from '../../src/host/sockets.ts';

let root: string;
let path: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'qv-sockets-'));
  path = join(root, 'a.sock');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('a served path has its mode from the first moment, and is gone with its server', async () => {
  const umask = process.umask(0);
  const server = await serveUnix(path, 0o660, (socket) => socket.end('hello'));
  process.umask(umask);
  expect(statSync(path).mode & 0o777).toBe(0o660);
  const socket = await connectUnix(path);
  expect(String(await new Promise((done) => socket.once('data', done)))).toBe('hello');
  socket.destroy();
  await server.close();
  expect(existsSync(path)).toBe(false);
});

test('the path of a dead server is taken over, and an old server that ends late does not take the new one down', async () => {
  const old = await listenUnix(path);
  const fresh = await serveUnix(path, 0o600, (socket) => socket.end('new'));
  await old.close();
  const socket = await connectUnix(path);
  expect(String(await new Promise((done) => socket.once('data', done)))).toBe('new');
  socket.destroy();
  await fresh.close();
});

test('a listening socket that is handed on outlives our copy', async () => {
  const listening = await listenUnix(path);
  expect(listening.fd).toBeGreaterThan(2);
  await listening.close();
  expect(existsSync(path)).toBe(true);
  await expect(connectUnix(path)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('a path that the kernel would cut off is refused, unmade', async () => {
  const long = join(root, 'x'.repeat(100));
  await expect(listenUnix(long)).rejects.toMatchObject({ code: 'path-too-long' });
  expect(existsSync(long)).toBe(false);
});

test('connecting can be called off', async () => {
  await expect(connectUnix(path, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
  await expect(connectUnix(path)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('closing lets go of whoever is connected', async () => {
  const server = await serveUnix(path, 0o600, () => undefined);
  const socket = await connectUnix(path);
  const closed = new Promise((done) => socket.once('close', done));
  await server.close();
  await closed;
});
