import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Guest, linuxGuest, tinyGuest } from '../support/guest.ts';
import { LiveMachine } from '../support/live-machine.ts';
import { Sandbox, until } from '../support/sandbox.ts';

const host = new Sandbox();
const machines: LiveMachine[] = [];
let guest: Guest | undefined;

afterAll(async () => {
  guest?.close();
  for (const machine of machines) machine.close();
  await host.dispose();
});

async function running(name: string): Promise<LiveMachine> {
  await host.untilState(name, 'running');
  const machine = await LiveMachine.of(host, name);
  machines.push(machine);
  return machine;
}

const room = (memory: string) => `  maxMemory: {size: 1GiB, slots: 2}
  cpu: {numa: {cells: [{cpus: "0", memory: ${memory}}]}}
`;
const more = (size: string, requested: string) =>
  `    memories: [{name: more, model: virtio-mem, size: ${size}, node: 0, blockSize: 2MiB, requestedSize: ${requested}}]\n`;
/** Its guest has no driver of virtio-mem, and no ACPI or PCI hot-plug either. */
const refuses = (requested: string, disk: string) =>
  tinyGuest('refuses', room('64MiB')).replace('memory: 64MiB', 'memory: 128MiB') +
  disk +
  more('64MiB', requested);
const data = `      - {name: data, file: ${host.root}/data.raw, format: raw, bus: virtio}\n`;
const takes = (requested: string) =>
  linuxGuest('takes', host.root, room('192MiB'), 'memhp_default_state=online_movable').replace(
    'memory: 192MiB',
    'memory: 448MiB',
  ) + more('256MiB', requested);

interface MemoryFact {
  readonly data: { readonly size: number; readonly 'requested-size': number };
}

async function memory(machine: LiveMachine): Promise<readonly [requested: number, size: number]> {
  const [fact] = await machine.query<MemoryFact[]>('query-memory-devices');
  return [(fact?.data['requested-size'] ?? -1) >> 20, (fact?.data.size ?? -1) >> 20];
}

async function refused(machine: LiveMachine): Promise<string> {
  let message = '';
  await until(
    async () => {
      const { conditions } = await machine.item();
      const ready = conditions.find(({ type }) => type === 'Ready');
      message = ready?.message ?? '';
      return ready?.reason === 'GuestDidNotAccept';
    },
    'its condition says GuestDidNotAccept',
    60_000,
  );
  return message;
}

beforeAll(async () => {
  writeFileSync(`${host.root}/data.raw`, Buffer.alloc(1 << 20));
  host.write('refuses.yaml', refuses('0', data));
  host.write('takes.yaml', takes('0'));
  await host.watch();
});

test('a guest that does not let go of a disk keeps it: undone, told, and the way back is open', async () => {
  const machine = await running('refuses');
  host.write('refuses.yaml', refuses('0', ''));
  expect(await refused(machine)).toContain('did not let go of ua-data in time');
  expect(await machine.devices()).toContain('ua-data');
  await machine.change(refuses('0', data));
});

test('so does one that takes no memory', async () => {
  const [machine] = machines;
  if (!machine) throw new Error('no machine');
  // It could not take it anyway; paused, nobody waits for it.
  expect((await host.cli(['pause', 'refuses'])).exitCode).toBe(0);
  host.write('refuses.yaml', refuses('32MiB', data));
  expect(await refused(machine)).toContain('does not come to 33554432');
  expect(await memory(machine)).toEqual([0, 0]);
  await machine.change(refuses('0', data));
  machine.close();
});

test('a Linux guest takes memory of virtio-mem, and gives back what it can spare', async () => {
  const machine = await running('takes');
  guest = await Guest.connect(`${host.root}/takes.cmd`);
  // Down to nothing would ask for each single block, and one may be in use.
  for (const size of [128, 32]) {
    await machine.change(takes(`${size}MiB`));
    expect(await memory(machine)).toEqual([size, size]);
  }
});

test('a module of memory comes to a Linux guest, and leaves it', async () => {
  const [, machine] = machines;
  const linux = guest;
  if (!machine || !linux) throw new Error('no machine');
  const modules = async () => (await machine.query<unknown[]>('query-memory-devices')).length;
  const online = async () =>
    ((await linux.facts()) as { memory: { online_bytes: number } }).memory.online_bytes >> 20;
  const before = await online();
  const module = '{name: module, model: dimm, size: 128MiB, node: 0}';
  const base = takes('32MiB');
  await machine.change(
    base.replace('memory: 448MiB', 'memory: 576MiB').replace('memories: [', `memories: [${module}, `),
  );
  expect(await modules()).toBe(2);
  await until(async () => (await online()) === before + 128, 'the guest has the memory');
  await machine.change(base);
  expect(await modules()).toBe(1);
  await until(async () => (await online()) === before, 'the guest has given it back');
});
