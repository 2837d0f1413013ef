import type { ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, connectControl } from '../../src/api/control.ts';
import { countingDisk } from '../support/guest.ts';
import { Sandbox, type StatusItem, until } from '../support/sandbox.ts';

const host = new Sandbox();
const serial = `${host.root}/count.serial`;
const stateFile = `${host.stateDir}/save/count.state`;
interface Shape {
  readonly vcpus: number;
  /** MiB by name. */
  readonly modules: readonly (readonly [name: string, size: number])[];
}
const spec = (own: number, { vcpus, modules }: Shape = { vcpus: 1, modules: [] }) => `apiVersion: qonverge/v1
kind: Domain
metadata: {name: count}
spec:
  accel: tcg
  memory: ${own + modules.reduce((sum, [, size]) => sum + size, 0)}MiB
  maxMemory: {size: 1GiB, slots: 4}
  vcpus: {maximum: 2, current: ${vcpus}}
  cpu: {numa: {cells: [{cpus: 0-1, memory: ${own}MiB}]}}
  runStrategy: UnlessStopped
  terminationGracePeriod: 1
  os: {machine: pc}
  devices:
    disks: [{name: boot, file: ${host.root}/count.raw, format: raw}]
    controllers: [{type: scsi, model: virtio-scsi}]
    memories: [${modules.map(([name, size]) => `{name: ${name}, model: dimm, size: ${size}MiB, node: 0}`).join(', ')}]
    serials: [{type: file, path: ${serial}, append: true}]
`;
let daemon: ChildProcess;

/** How often the guest has counted since it booted; it must never have begun anew. */
function counted(): number {
  const bytes = [...readFileSync(serial)];
  expect(bytes).toEqual(bytes.map((_, at) => (at + 1) % 256));
  return bytes.length;
}
async function countsOn(): Promise<void> {
  const before = counted();
  await until(() => counted() > before + 1, 'the guest counts on');
}
/** By the definition of now, not by the one before. */
function isInSync({ conditions, generation }: StatusItem): boolean {
  return conditions.some(
    ({ type, status, observedGeneration }) =>
      type === 'InSync' && status === 'True' && observedGeneration === generation,
  );
}
async function told(operation: string, input: object = { name: 'count' }): Promise<StatusItem> {
  const socket = await connectControl(host.runDir);
  if (!socket) throw new Error('there is no daemon');
  return (await ask(socket, operation, input, () => undefined)) as StatusItem;
}

beforeAll(async () => {
  writeFileSync(`${host.root}/count.raw`, countingDisk());
  host.write('count.yaml', spec(64));
  daemon = await host.watch({ args: ['--on-shutdown', 'suspend'] });
  await host.untilState('count', 'running');
  await until(() => counted() > 3, 'the guest counts');
}, 60_000);
afterAll(() => host.dispose());

test('saved, it is down; started, it counts on where it stood', async () => {
  expect(await told('save')).toMatchObject({
    state: 'shutoff',
    saved: { bytes: readFileSync(stateFile).length },
  });
  expect(host.qemus()).toEqual([]);
  expect((await told('start')).state).toBe('running');
  await countsOn();
  expect(() => readFileSync(stateFile)).toThrow('ENOENT');
});

test('a file that is not what was written starts nothing, and is kept', async () => {
  await told('save');
  const good = readFileSync(stateFile);
  const bad = Buffer.from(good);
  bad[bad.length >> 1] = (bad[bad.length >> 1] ?? 0) ^ 1;
  writeFileSync(stateFile, bad);
  await expect(told('start')).rejects.toThrow('count.state is not what was written there');
  expect(host.qemus()).toEqual([]);
  writeFileSync(stateFile, good);
  await told('start');
  await countsOn();
});

test('it goes on as the machine that it was; what its spec has changed meanwhile is pending', async () => {
  await told('save');
  host.write('count.yaml', spec(96));
  await until(async () => (await host.item('count'))?.generation === 2, 'the change is accepted');
  const { state, pending } = await told('start');
  expect([state, pending.some(({ path }) => path === 'spec.memory')]).toEqual(['running', true]);
  await countsOn();
  host.write('count.yaml', spec(64));
  await until(async () => isInSync((await host.item('count')) as StatusItem), 'nothing is pending');
  await countsOn();
});

test('without a disk that it wrote to, it waits for a person, or for the change to be taken back', async () => {
  await told('save');
  const before = (await host.item('count'))?.generation ?? 0;
  host.write('count.yaml', spec(64).replace('count.raw', 'other.raw'));
  await until(async () => ((await host.item('count'))?.generation ?? 0) > before, 'the change is accepted');
  const held = await told('start');
  expect(held.state).toBe('shutoff');
  expect(held.conditions.find(({ type }) => type === 'InSync')?.message).toMatch(
    /saved with .*count.raw, which it has no more.*qonverge save count --discard/,
  );
  host.write('count.yaml', spec(64));
  await host.untilState('count', 'running');
  await countsOn();
});

test('it goes on as it had become while it ran: QEMU would decide otherwise for what it finds at the start', async () => {
  const shapes: Shape[] = [
    { vcpus: 2, modules: [['b', 128]] },
    {
      vcpus: 2,
      modules: [
        ['a', 256],
        ['b', 128],
      ],
    },
  ];
  for (const shape of shapes) {
    const before = (await host.item('count'))?.generation ?? 0;
    host.write('count.yaml', spec(64, shape));
    const isTaken = async () => {
      const item = await host.item('count');
      return item !== undefined && item.generation > before && isInSync(item);
    };
    await until(isTaken, 'the change is in force');
  }
  const { pid } = (await host.item('count')) ?? {};
  await told('save');
  expect((await told('start')).state).toBe('running');
  expect((await host.item('count'))?.pid).not.toBe(pid);
  await countsOn();
  expect((await host.item('count'))?.pending).toEqual([]);
});

test('the host goes down and comes back: it counts on', async () => {
  daemon.kill('SIGTERM');
  await new Promise((done) => daemon.once('exit', done));
  expect(host.qemus()).toEqual([]);
  expect((await host.cli(['apply', host.specs])).exitCode).toBe(0);
  await countsOn();
  const down = await host.cli(['host', 'shutdown', '--on-shutdown', 'suspend']);
  expect(down).toMatchObject({ exitCode: 0, stdout: 'count is saved and down\n1 of 1 are down\n' });
  expect((await host.cli(['apply', host.specs])).exitCode).toBe(0);
  await countsOn();
});

const killedAt = (point: string, command: string) =>
  host.cli([command, 'count'], { QONVERGE_FAILPOINTS: `${point}=kill` });

test('killed anywhere between, it has one past only', { timeout: 60_000 }, async () => {
  await killedAt('save.written', 'save');
  expect(await host.item('count'), 'not on record: it goes on').toMatchObject({ state: 'running' });
  await countsOn();
  await killedAt('save.remembered', 'save');
  expect(await host.item('count'), 'on record: it is down').toMatchObject({ state: 'shutoff', saved: {} });
  await killedAt('restore.loaded', 'start');
  expect(await host.item('count'), 'not run yet').toMatchObject({ state: 'shutoff', saved: {} });
  await killedAt('restore.spent', 'start');
  expect(host.qemus()).toHaveLength(1);
  expect((await host.item('count')) as object).not.toHaveProperty('saved');
  await host.cli(['start', 'count']);
  await countsOn();
});

test('given up, it starts anew', async () => {
  await host.cli(['save', 'count']);
  expect((await host.cli(['save', 'count', '--discard'])).exitCode).toBe(0);
  const stood = counted();
  await host.cli(['start', 'count']);
  await until(() => readFileSync(serial).length > stood, 'it counts');
  expect(readFileSync(serial)[stood]).toBe(1);
});
