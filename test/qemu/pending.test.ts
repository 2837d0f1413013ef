import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Guest, linuxGuest, tinyGuest } from '../support/guest.ts';
import { Sandbox, until } from '../support/sandbox.ts';

let host: Sandbox;
beforeEach(() => {
  host = new Sandbox();
});
afterEach(() => host.dispose());

const linux = (memory: string) =>
  linuxGuest('p', host.root, '  runStrategy: Once').replace('memory: 192MiB', `memory: ${memory}`);

async function untilPending(name: string, paths: readonly string[]): Promise<void> {
  await until(async () => {
    const pending = (await host.item(name))?.pending.map(({ path }) => path) ?? [];
    return JSON.stringify(pending) === JSON.stringify(paths);
  }, `${name} has pending ${paths.join()}`);
  // The pass that found it also makes ready for a reboot by the guest.
  expect((await host.cli(['reconcile'])).exitCode).toBe(0);
}

async function memoryOf(guest: Guest): Promise<number> {
  const { memory } = (await guest.facts()) as { memory: { total_kib: number } };
  return memory.total_kib;
}

test('a reboot by the guest brings in what is pending, under any run strategy', {
  timeout: 180_000,
}, async () => {
  host.write('p.yaml', linux('192MiB'));
  await host.watch();
  const { pid } = await host.untilState('p', 'running');
  const guest = await Guest.connect(`${host.root}/p.cmd`);
  const before = await memoryOf(guest);
  host.write('p.yaml', linux('256MiB'));
  await untilPending('p', ['spec.memory', 'spec.currentMemory']);
  await guest.reboot();
  await until(async () => ![pid, undefined].includes((await host.item('p'))?.pid), 'a new QEMU', 60_000);
  const after = await host.untilState('p', 'running');
  expect(after.pending).toEqual([]);
  const again = await Guest.connect(`${host.root}/p.cmd`);
  expect((await memoryOf(again)) - before).toBeGreaterThan(50_000);
  again.close();
  expect(after.conditions.find(({ type }) => type === 'InSync')?.status).toBe('True');
});

test('also when nobody watched at that moment', { timeout: 180_000 }, async () => {
  host.write('p.yaml', linux('192MiB'));
  const daemon = await host.watch();
  const { pid } = await host.untilState('p', 'running');
  const guest = await Guest.connect(`${host.root}/p.cmd`);
  host.write('p.yaml', linux('256MiB'));
  await untilPending('p', ['spec.memory', 'spec.currentMemory']);
  daemon.kill('SIGKILL');
  await guest.reboot();
  await new Promise((done) => setTimeout(done, 4_000));
  expect(host.qemu('p')?.pid, 'it stands still and waits').toBe(pid);
  await host.watch();
  await until(async () => ![pid, undefined].includes((await host.item('p'))?.pid), 'a new QEMU', 60_000);
  expect((await host.untilState('p', 'running')).pending).toEqual([]);
});

test('a daemon that ends in good order leaves a plain reboot behind', { timeout: 180_000 }, async () => {
  host.write('p.yaml', linux('192MiB'));
  const daemon = await host.watch();
  const { pid } = await host.untilState('p', 'running');
  const guest = await Guest.connect(`${host.root}/p.cmd`);
  host.write('p.yaml', linux('256MiB'));
  await untilPending('p', ['spec.memory', 'spec.currentMemory']);
  daemon.kill('SIGTERM');
  await new Promise((done) => daemon.once('exit', done));
  await guest.reboot();
  await new Promise((done) => setTimeout(done, 3_000));
  const again = await Guest.connect(`${host.root}/p.cmd`);
  again.close();
  expect(host.qemu('p')?.pid).toBe(pid);
});

test('a maintenance window decides when the change comes in', { timeout: 60_000 }, async () => {
  const tiny = (name: string, memory: string, schedule: string) =>
    tinyGuest(
      name,
      `  restartPolicy: Window\n  maintenanceWindows: [{schedule: "${schedule}", duration: 1m}]`,
    ).replace('64MiB', memory);
  // Every minute, for a minute: open. The 29th of February at noon: not today.
  host.write('open.yaml', tiny('open', '64MiB', '* * * * *'));
  host.write('closed.yaml', tiny('closed', '64MiB', '0 12 29 2 *'));
  await host.watch();
  const open = await host.untilState('open', 'running');
  const closed = await host.untilState('closed', 'running');
  host.write('open.yaml', tiny('open', '96MiB', '* * * * *'));
  host.write('closed.yaml', tiny('closed', '96MiB', '0 12 29 2 *'));
  await until(async () => ![open.pid, undefined].includes((await host.item('open'))?.pid), 'it restarted');
  await untilPending('closed', ['spec.memory', 'spec.currentMemory']);
  const waiting = await host.item('closed');
  expect(waiting?.pid).toBe(closed.pid);
  expect(waiting?.conditions.find(({ type }) => type === 'RestartRequired')?.message).toMatch(
    /its maintenance window \(\d{4}-02-29T12:00:00.000Z\), or `qonverge restart closed`/,
  );
});

test('restarts go one after the other, unless more may be down at once', { timeout: 60_000 }, async () => {
  const names = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8', 'r9'];
  const write = (changed: number, memory: string) => {
    for (const name of names.slice(0, changed))
      host.write(`${name}.yaml`, tinyGuest(name, '  restartPolicy: Immediate').replace('64MiB', memory));
  };
  write(9, '64MiB');
  await host.watch();
  for (const name of names) await host.untilState(name, 'running');
  // Two of nine: below the brake.
  write(2, '96MiB');
  const memory = async (name: string) => (await host.item(name))?.generation;
  await until(async () => (await memory('r1')) === 2 && (await memory('r2')) === 2, 'both are changed');
  for (const name of names.slice(0, 2)) {
    await until(async () => (await host.item(name))?.pending.length === 0, `${name} is done`);
    await host.untilState(name, 'running');
  }
  const { stdout } = await host.cli(['events', '-o', 'json']);
  const story = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { key?: string; reason: string })
    .filter(({ key = '', reason }) => /r[12]$/.test(key) && (reason === 'Shutdown' || reason === 'Start'))
    .slice(-4)
    .map(({ key, reason }) => `${key?.slice(-2)} ${reason}`);
  const [first = '', second = '', third = '', fourth = ''] = story;
  expect(second).toBe(first.replace('Shutdown', 'Start'));
  expect(fourth).toBe(third.replace('Shutdown', 'Start'));
  expect(first.slice(0, 2)).not.toBe(third.slice(0, 2));
});

test('a change that QEMU does not start with gives way to what ran before', {
  timeout: 120_000,
}, async () => {
  const good = tinyGuest('back', '  restartPolicy: Immediate');
  const withKernel = (name: string) =>
    good.replace('os: {machine: pc}', `os: {machine: pc, kernel: ${host.root}/${name}}`);
  const condition = async (type: string) =>
    (await host.item('back'))?.conditions.find((one) => one.type === type);
  const told = (words: string) =>
    until(async () => (await condition('RolledBack'))?.message.includes(words) === true, 'it is rolled back');
  writeFileSync(`${host.root}/no-kernel-at-all`, 'words');
  host.write('back.yaml', good);
  await host.watch();
  const first = await host.untilState('back', 'running');
  host.write('back.yaml', withKernel('no-kernel-at-all'));
  await told('invalid kernel header');
  const { pid } = await host.untilState('back', 'running');
  expect(pid).not.toBe(first.pid);
  host.write('back.yaml', good);
  await until(async () => (await condition('InSync'))?.status === 'True', 'all is well again');

  host.write('back.yaml', withKernel('missing'));
  await told('missing');
  const { exitCode, stderr } = await host.cli(['restart', 'back']);
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('missing')]);
  expect(host.qemu('back')?.pid, 'its guest is not taken down for what is known to fail').toBe(pid);
  host.write('back.yaml', good);
  await until(async () => (await condition('InSync'))?.status === 'True', 'all is well again');
});

test('nothing above the disruption budget is done, whoever asks for more', { timeout: 60_000 }, async () => {
  const tiny = (memory: string) => tinyGuest('b', '  restartPolicy: Immediate').replace('64MiB', memory);
  host.write('b.yaml', tiny('64MiB'));
  await host.cli(['apply', host.specs]);
  const { pid } = (await host.item('b')) ?? {};
  host.write('b.yaml', tiny('96MiB'));
  const limited = await host.cli(['apply', host.specs, '--max-disruption', 'live']);
  expect(limited.stderr).toContain('impact restart is above the allowed live');
  expect(limited.exitCode).toBe(1);
  expect((await host.item('b'))?.pid).toBe(pid);
  const free = await host.cli(['apply', host.specs]);
  expect(free.exitCode).toBe(0);
  expect((await host.item('b'))?.pid).not.toBe(pid);
});

test('a paused guest is reset though something is pending', { timeout: 60_000 }, async () => {
  host.write('a.yaml', tinyGuest('a'));
  await host.watch();
  const { pid } = await host.untilState('a', 'running');
  host.write('a.yaml', tinyGuest('a').replace('64MiB', '96MiB'));
  await untilPending('a', ['spec.memory', 'spec.currentMemory']);
  for (const order of ['pause', 'reset']) expect((await host.cli([order, 'a'])).exitCode).toBe(0);
  await until(
    async () => (await host.item('a'))?.runState === 'prelaunch',
    'it stands before its first instruction',
  );
  expect(await host.item('a')).toMatchObject({ pid, pending: [{}, {}] });
});
