import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Guest, linuxGuest, tinyGuest } from '../support/guest.ts';
import { Sandbox, stop, until } from '../support/sandbox.ts';

let host: Sandbox;
beforeEach(() => {
  host = new Sandbox();
});
afterEach(() => host.dispose());

test('a QEMU that is killed runs again within the first step of the backoff', async () => {
  host.write('a.yaml', tinyGuest('a'));
  await host.watch();
  const { pid } = await host.untilState('a', 'running');
  process.kill(pid as number, 'SIGKILL');
  await until(() => (host.qemu('a')?.pid ?? pid) !== pid, 'another QEMU runs', 30_000);
  await host.untilState('a', 'running');
  expect(host.qemus()).toHaveLength(1);
});

test('guests outlive the daemon: after kill -9 and a new start the same processes are adopted, and count on', async () => {
  host.write('linux.yaml', linuxGuest('linux', host.root));
  for (let at = 0; at < 4; at++) host.write(`t${at}.yaml`, tinyGuest(`t${at}`));
  const daemon = await host.watch();
  await host.untilState('linux', 'running');
  for (let at = 0; at < 4; at++) await host.untilState(`t${at}`, 'running');
  const guest = await Guest.connect(`${host.root}/linux.cmd`);
  await guest.ask(
    "run sh -c 'i=0; while :; do i=$((i+1)); echo $i > /run/count; sleep 0.1; done' > /dev/null 2>&1 &",
  );
  const before = host.qemus().sort((a, b) => a.pid - b.pid);

  await stop(daemon, 'SIGKILL');
  const counted = Number(JSON.parse((await guest.ask('run cat /run/count')).slice(4)).out);
  await host.watch();
  await until(
    async () => (await host.status()).filter((item) => item.state === 'running').length === 5,
    'all five are adopted',
    30_000,
  );

  expect(host.qemus().sort((a, b) => a.pid - b.pid)).toEqual(before);
  expect(Number(JSON.parse((await guest.ask('run cat /run/count')).slice(4)).out)).toBeGreaterThan(counted);
  expect(readFileSync(`${host.root}/linux.serial`, 'utf8').match(/GUEST READY/g)).toHaveLength(1);
  guest.close();
});

test('SIGTERM ends the daemon and no guest', async () => {
  host.write('a.yaml', tinyGuest('a'));
  const daemon = await host.watch();
  const { pid } = await host.untilState('a', 'running');
  expect(await stop(daemon, 'SIGTERM')).toBe(0);
  expect(host.qemu('a')?.pid).toBe(pid);
});

test('a second daemon on the same state exits 75 and names the holder', async () => {
  host.write('a.yaml', tinyGuest('a', '  runStrategy: Halted'));
  const daemon = await host.watch();
  const second = await host.cli(['watch', host.specs]);
  expect(second.exitCode).toBe(75);
  expect(second.stderr).toContain(String(daemon.pid));
});

test('a daemon with other directories meets a running uuid: Conflict, and nobody is killed', async () => {
  host.write('a.yaml', tinyGuest('a', '  uuid: 5f0c7c1e-0d0b-4b8a-9a5f-1d8f0a3b6c11'));
  await host.watch();
  const { pid } = await host.untilState('a', 'running');
  const other = new Sandbox();
  try {
    other.write('a.yaml', tinyGuest('a', '  uuid: 5f0c7c1e-0d0b-4b8a-9a5f-1d8f0a3b6c11'));
    const result = await other.cli(['apply', other.specs, '--timeout', '5s']);
    expect(result.exitCode).not.toBe(0);
    expect(
      (await other.item('a'))?.conditions.find((condition) => condition.type === 'Conflict')?.status,
    ).toBe('True');
    expect(other.qemus()).toEqual([]);
    expect(host.qemu('a')?.pid).toBe(pid);
  } finally {
    await other.dispose();
  }
});
