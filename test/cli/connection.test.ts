import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { controlSocket } from '../../src/api/control.ts';
import { Sandbox } from '../support/sandbox.ts';

const host = new Sandbox('test:///default');
afterEach(() => host.dispose());

/** Whoever serves the host hangs up on the first who asks, and is gone. */
async function leaving(): Promise<void> {
  mkdirSync(host.runDir, { recursive: true });
  const path = controlSocket(host.runDir);
  const server = createServer((socket) => {
    rmSync(path, { force: true });
    server.close();
    socket.destroy();
  });
  server.listen(path);
  await once(server, 'listening');
}

test('status of who has just gone is found without him; an order is not given twice', async () => {
  await leaving();
  expect(await host.cli(['status', '-o', 'name'])).toMatchObject({ exitCode: 0, stderr: '' });
  await leaving();
  const { exitCode, stderr } = await host.cli(['start', 'nobody']);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('daemon-unreachable');
});
