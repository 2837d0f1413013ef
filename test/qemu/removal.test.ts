import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Guest, linuxGuest, tinyGuest } from '../support/guest.ts';
import { Sandbox, until } from '../support/sandbox.ts';

let host: Sandbox;
beforeEach(() => {
  host = new Sandbox();
});
afterEach(() => host.dispose());

const passes = () => new Promise((done) => setTimeout(done, 6_000));

test('removing a file tears its machine down politely, and its disk stays', async () => {
  host.write('keep.yaml', tinyGuest('keep'));
  const path = host.write('gone.yaml', linuxGuest('gone', host.root));
  await host.watch();
  await host.untilState('gone', 'running');
  (await Guest.connect(`${host.root}/gone.cmd`)).close();
  rmSync(path);
  await until(() => host.qemu('gone') === undefined, 'gone has stopped', 60_000);
  expect(readFileSync(`${host.root}/gone.serial`, 'utf8')).toMatch(/GUEST (BUTTON power|DOWN)/);
  await until(async () => (await host.item('gone')) === undefined, 'gone has left the status');
  expect(host.qemu('keep')).toBeDefined();
});

async function fiveRunning(): Promise<number[]> {
  for (let at = 0; at < 5; at++) host.write(`t${at}.yaml`, tinyGuest(`t${at}`));
  await host.watch();
  for (let at = 0; at < 5; at++) await host.untilState(`t${at}`, 'running');
  return pids();
}

function pids(): number[] {
  return host
    .qemus()
    .map((qemu) => qemu.pid)
    .sort((a, b) => a - b);
}

test('git rm -r . stops nothing', async () => {
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', host.specs, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args]);
  const before = await fiveRunning();
  git('init', '-q');
  git('add', '.');
  git('commit', '-qm', 'all');
  git('rm', '-rq', '.');
  await passes();
  expect(pids()).toEqual(before);
});

test('removing most machines at once waits for approval, and approval lets it go on', async () => {
  const before = await fiveRunning();
  for (let at = 0; at < 4; at++) rmSync(`${host.specs}/t${at}.yaml`);
  await until(async () => /[Bb]rake|approve/.test(JSON.stringify(await host.item('t0'))), 'they are held');
  expect(pids()).toEqual(before);
  const approved = await host.cli(['approve']);
  expect(approved.exitCode).toBe(0);
  await until(() => host.qemus().length === 1, 'the four have stopped');
  expect(host.qemu('t4')).toBeDefined();
});

test('a directory that is renamed away, replaced by an empty one or made unreadable stops nothing', async () => {
  const before = await fiveRunning();
  renameSync(host.specs, `${host.specs}.away`);
  await passes();
  expect(pids()).toEqual(before);
  mkdirSync(host.specs);
  await passes();
  expect(pids()).toEqual(before);
  rmSync(host.specs, { recursive: true });
  renameSync(`${host.specs}.away`, host.specs);
  host.write('t5.yaml', tinyGuest('t5'));
  await host.untilState('t5', 'running');
  expect(pids()).toEqual(expect.arrayContaining(before));
  chmodSync(host.specs, 0o000);
  await passes();
  expect(pids()).toEqual(expect.arrayContaining(before));
  chmodSync(host.specs, 0o755);
});

test('an unmounted directory stops nothing', async () => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=0755', 'qonverge-test', host.specs]);
  try {
    const before = await fiveRunning();
    execFileSync('umount', ['-l', host.specs]);
    await passes();
    expect(pids()).toEqual(before);
  } finally {
    try {
      execFileSync('umount', ['-l', host.specs], { stdio: 'ignore' });
    } catch {
      // Unmounted by the test.
    }
  }
});

test('a file that breaks keeps its machine as it is, and says where it is wrong', async () => {
  const path = host.write('a.yaml', tinyGuest('a'));
  host.write('b.yaml', tinyGuest('b'));
  await host.watch();
  const { pid } = await host.untilState('a', 'running');
  await host.untilState('b', 'running');
  const text = readFileSync(path, 'utf8');
  host.write('a.yaml', text.replace('memory: 64MiB', 'memroy: 64MiB'));
  await until(
    async () => JSON.stringify(await host.item('a')).includes('memroy'),
    'status names the mistake',
  );
  host.write('a.yaml', '');
  await passes();
  expect(host.qemu('a')?.pid).toBe(pid);
  expect(host.qemu('b')).toBeDefined();
});

test('a protected machine is not removed with its file', async () => {
  const yaml = tinyGuest('safe').replace(
    '{name: safe}',
    '{name: safe, annotations: {qonverge/protect: "true"}}',
  );
  const path = host.write('safe.yaml', yaml);
  host.write('other.yaml', tinyGuest('other'));
  await host.watch();
  const { pid } = await host.untilState('safe', 'running');
  rmSync(path);
  await passes();
  expect(host.qemu('safe')?.pid).toBe(pid);
  expect(JSON.stringify(await host.item('safe'))).toMatch(/[Pp]rotect/);
});
