import { mkdirSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ask, connectControl, controlSocket, serveControl } from '../../src/api/control.ts';
import { silentLogger } from '../../src/telemetry/log.ts';
import { until } from '../support/sandbox.ts';
import { spec, TestHost } from '../support/test-host.ts';

let host: TestHost;
let server: { close(): Promise<void> };
let sockets: Socket[] = [];

beforeEach(async () => {
  host = await TestHost.open();
  mkdirSync(host.paths.runDir, { recursive: true });
  const umask = process.umask(0);
  server = await serveControl(host.host, host.paths.runDir, silentLogger);
  process.umask(umask);
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  await server.close();
  await host.dispose();
});

/** A client that we steer byte by byte. */
async function client(): Promise<{ socket: Socket; said(): string; closed(): boolean }> {
  const socket = connect(controlSocket(host.paths.runDir));
  sockets.push(socket);
  let said = '';
  let closed = false;
  socket.on('data', (data) => {
    said += data;
  });
  socket.on('close', () => {
    closed = true;
  });
  socket.on('error', () => undefined);
  await new Promise((done) => socket.once('connect', done));
  return { socket, said: () => said, closed: () => closed };
}

async function request(op: string, input: unknown = {}): Promise<unknown> {
  const socket = await connectControl(host.paths.runDir);
  if (!socket) throw new Error('nobody serves');
  return ask(socket, op, input, () => undefined);
}

test('only its owner may talk to it, whatever the umask', () => {
  expect(statSync(controlSocket(host.paths.runDir)).mode & 0o777).toBe(0o600);
});

test('nobody serves a directory without a socket, or with the socket of a dead daemon', async () => {
  expect(await connectControl(`${host.paths.runDir}/nowhere`)).toBeUndefined();
  await server.close();
  expect(await connectControl(host.paths.runDir)).toBeUndefined();
});

test('a request is answered by its operation', async () => {
  await host.declare(spec('a'));
  expect(await request('status')).toMatchObject({ items: [{ name: 'a', state: 'running' }] });
  await expect(request('start', { name: 'zz' })).rejects.toMatchObject({
    code: 'not-found',
    suggestion: expect.stringContaining('status'),
  });
});

describe('refused with words, and the next client is served, is', () => {
  test.each([
    ['what is no JSON', 'hello\n', /one line of JSON/],
    ['a list', '[]\n', /has `op` and `input`/],
    ['a null', 'null\n', /has `op` and `input`/],
    ['an operation that is no text', '{"op":1}\n', /has `op` and `input`/],
    ['an unknown operation', '{"op":"eval"}\n', /unknown operation eval/],
    ['the name of something that every object has', '{"op":"constructor"}\n', /unknown operation/],
    ['input of another type', '{"op":"status","input":"x"}\n', /not an object/],
    ['a field of another type', '{"op":"start","input":{"name":{}}}\n', /name is a text/],
    [
      'deep nesting',
      `{"op":"status","input":${'['.repeat(100_000)}${']'.repeat(100_000)}}\n`,
      /not an object/,
    ],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x0a]), /one line of JSON/],
  ])('%s', async (_, bytes, words) => {
    const one = await client();
    one.socket.write(bytes);
    await until(() => one.said().includes('\n'), 'an answer');
    expect(JSON.parse(one.said())).toMatchObject({
      error: { code: 'refused', message: expect.stringMatching(words) },
    });
    expect(await request('status')).toMatchObject({ items: [] });
  });
});

test('a request without an end is cut off, and costs no memory', async () => {
  const one = await client();
  const before = process.memoryUsage().rss;
  const chunk = Buffer.alloc(256 * 1024, 'x');
  for (let sent = 0; sent < 64 && !one.closed(); sent++) {
    one.socket.write(chunk);
    await new Promise((done) => setTimeout(done, 2));
  }
  await until(() => one.closed(), 'the connection is closed');
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  expect(await request('status')).toMatchObject({ items: [] });
});

test('a second request before the first was answered ends the connection', async () => {
  const one = await client();
  one.socket.write('{"op":"events","input":{"follow":true}}\n{"op":"status"}\n');
  await until(() => one.closed(), 'the connection is closed');
});

test('one request after the other on one connection is fine', async () => {
  const one = await client();
  for (let times = 1; times <= 3; times++) {
    one.socket.write('{"op":"status"}\n');
    await until(() => one.said().split('\n').length === times + 1, 'an answer');
  }
  expect(one.closed()).toBe(false);
});

test('a follower that does not read is let go, and others hear everything', async () => {
  const slow = await client();
  slow.socket.pause();
  slow.socket.write('{"op":"events","input":{"follow":true,"limit":0}}\n');
  const heard: unknown[] = [];
  const reader = await connectControl(host.paths.runDir);
  if (!reader) throw new Error('nobody serves');
  sockets.push(reader);
  const following = ask(reader, 'events', { follow: true, limit: 0 }, (message) => heard.push(message));
  following.catch(() => undefined);
  // Both are known to follow before anything is said.
  await until(() => {
    host.events.append({ type: 'Normal', reason: 'Hello', message: '' });
    return heard.length > 0;
  }, 'the reader hears');
  const before = heard.length;
  const message = 'x'.repeat(16 * 1024);
  for (let at = 0; at < 400; at++) {
    host.events.append({ type: 'Normal', reason: 'Flood', message });
    await new Promise((done) => setImmediate(done));
  }
  await until(() => heard.length >= before + 400, 'the reader heard all');
  slow.socket.resume();
  await until(() => slow.closed(), 'the slow one is let go');
});

test('more clients than are taken are told so, and a place that is free again is given', async () => {
  const many = await Promise.all(Array.from({ length: 64 }, client));
  const late = await client();
  await until(() => late.closed(), 'the late one is closed');
  expect(late.said()).toMatch(/64 clients are connected/);
  many[0]?.socket.destroy();
  await until(
    async () =>
      request('status').then(
        () => true,
        () => false,
      ),
    'a place is free',
  );
});

test('a client that goes ends what it waited for', async () => {
  await host.declare(spec('a', '  runStrategy: Manual\n'));
  let waits = false;
  let ended = false;
  host.drivers.Domain.perform = (_key, _action, signal) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const one = await client();
  one.socket.write('{"op":"start","input":{"name":"a"}}\n');
  const settled = host.controller.whenSettled.bind(host.controller);
  host.controller.whenSettled = async (keys, signal, failFast) => {
    waits = true;
    signal.addEventListener('abort', () => {
      ended = true;
    });
    return settled(keys, signal, failFast);
  };
  await until(() => waits, 'it waits');
  one.socket.destroy();
  await until(() => ended, 'the wait ended');
});
