import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runProbe } from '../../../src/drivers/qemu/probe/run-probe.ts';
import { Session } from '../../../src/drivers/qemu/session.ts';
import type { CharacterDevice } from '../../../src/model/domain-devices.ts';
import type { Probe } from '../../../src/model/probe.ts';
import type { RunRecord } from '../../../src/state/run-records.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'qv-probe-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function machine(serial: Partial<CharacterDevice>, serialSizes = {}): Session {
  const running = {
    kind: 'Domain',
    metadata: { name: 'a' },
    spec: { memory: 1, devices: { serials: [serial] } },
  };
  return new Session({ running, serialSizes } as unknown as RunRecord, root, () => undefined);
}
const ask = (session: Session, probe: Probe) => runProbe(session, probe, new AbortController().signal);

test('a marker counts once it is said, and stays said', async () => {
  const path = join(root, 'serial');
  const session = machine({ type: 'file', path });
  const marker = { text: 'GUEST READY' };
  expect(await ask(session, { marker })).toEqual({ ok: false, message: 'marker GUEST READY: not said yet' });
  writeFileSync(path, 'booting\r\nGUEST RE');
  expect((await ask(session, { marker })).ok).toBe(false);
  appendFileSync(path, 'ADY\r\n');
  expect(await ask(session, { marker })).toEqual({ ok: true, message: 'marker GUEST READY: was said' });
  writeFileSync(path, '');
  expect((await ask(session, { marker })).ok).toBe(true);
});

test('what an earlier run has said in a file that is appended to does not count', async () => {
  const logFile = join(root, 'log');
  writeFileSync(logFile, 'login:\n');
  const session = machine({ type: 'pty', logFile, logAppend: true }, { [logFile]: 7 });
  expect((await ask(session, { marker: { pattern: '^login:$' } })).ok).toBe(false);
  appendFileSync(logFile, 'login:\n');
  expect((await ask(session, { marker: { pattern: '^login:$' } })).ok).toBe(true);
});

test('an expression that runs away on what the guest says is given up', async () => {
  const path = join(root, 'serial');
  writeFileSync(path, `${'a'.repeat(60)}b\n`);
  const begun = performance.now();
  const answer = await ask(machine({ type: 'file', path }), { marker: { pattern: '^(a+)+$' } });
  expect(answer.message).toMatch(/takes more than 50 ms/);
  expect(performance.now() - begun).toBeLessThan(2_000);
});

test('a port that listens, one that refuses and one that never answers', async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as AddressInfo;
  const tcp = { host: '127.0.0.1', port };
  expect(await ask(machine({}), { tcp })).toEqual({ ok: true, message: `tcp 127.0.0.1:${port}: connected` });
  await new Promise((done) => server.close(done));
  expect((await ask(machine({}), { tcp })).message).toContain('ECONNREFUSED');
});

test('without the channel of the agent its probes say so', async () => {
  expect(await ask(machine({}), { agentPing: true })).toEqual({
    ok: false,
    message: 'guest agent: it runs without a channel for the guest agent',
  });
});
