import { execFileSync } from 'node:child_process';
import { afterAll, expect, test } from 'vitest';
import { tinyGuest } from '../support/guest.ts';
import { LiveMachine } from '../support/live-machine.ts';
import { Sandbox, until } from '../support/sandbox.ts';

const host = new Sandbox();
afterAll(() => host.dispose());

const image = `${host.root}/data.qcow2`;
const spec = (memory: string, safety: string) =>
  tinyGuest('a', `  restartPolicy: Immediate\n  safety: ${safety}`)
    .replace('64MiB', memory)
    .concat(`      - {name: data, file: ${image}, format: qcow2, bus: virtio}\n`);
// Nothing listens on port 1.
const fails = '{snapshot: true, timeout: 6s, probe: {tcp: "127.0.0.1:1", period: 1s}}';

const info = () =>
  JSON.parse(execFileSync('qemu-img', ['info', '-U', '--output=json', image], { encoding: 'utf8' })) as {
    snapshots?: { name: string }[];
  };
/** What the guest would do to its disk. */
async function writeToDisk(pattern: string): Promise<void> {
  const machine = await LiveMachine.of(host, 'a');
  const disk = '/machine/peripheral/ua-data/virtio-backend';
  for (const words of [`write -P ${pattern} 0 512`, 'flush'])
    expect(
      await machine.query('human-monitor-command', { 'command-line': `qemu-io -d ${disk} "${words}"` }),
    ).toBe('');
  machine.close();
}
function expectOnDisk(pattern: string): void {
  const read = ['-U', '-r', '-f', 'qcow2', '-c', `read -P ${pattern} 0 512`, image];
  expect(execFileSync('qemu-io', read, { encoding: 'utf8' })).toMatch(/^read 512/);
}
async function anotherThan(pid: number | undefined): Promise<void> {
  await until(async () => ![pid, undefined].includes((await host.item('a'))?.pid), 'a new QEMU');
}

test('a change that does not work goes back, disks and all; one that does leaves nothing behind', {
  timeout: 90_000,
}, async () => {
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', image, '1M']);
  host.write('a.yaml', spec('64MiB', fails));
  await host.watch();
  const first = await host.untilState('a', 'running');
  await writeToDisk('0x41');

  host.write('a.yaml', spec('96MiB', fails));
  await anotherThan(first.pid);
  const trial = await host.item('a');
  await writeToDisk('0x42');
  expectOnDisk('0x42');
  expect(info().snapshots?.map(({ name }) => name)).toEqual(['qonverge-checkpoint']);
  await anotherThan(trial?.pid);
  const back = await host.untilState('a', 'running');
  expect(back.conditions.find(({ type }) => type === 'RolledBack')?.message).toMatch(
    /was not ready in its time: tcp 127.0.0.1:1: connect ECONNREFUSED/,
  );
  expectOnDisk('0x41');
  expect(info().snapshots).toBeUndefined();

  host.write('a.yaml', spec('128MiB', '{snapshot: true}'));
  await anotherThan(back.pid);
  await until(
    async () =>
      (await host.item('a'))?.conditions.some(
        ({ type, status }) => type === 'InSync' && status === 'True',
      ) === true && info().snapshots === undefined,
    'it is as wanted, and the checkpoint is gone',
  );
  expectOnDisk('0x41');
});
