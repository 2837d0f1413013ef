import { statSync, truncateSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tinyGuest } from '../support/guest.ts';
import { LiveMachine } from '../support/live-machine.ts';
import { Sandbox, stop, until } from '../support/sandbox.ts';

const host = new Sandbox();
let machine: LiveMachine;
let daemon: Awaited<ReturnType<Sandbox['watch']>>;
const mib = 1 << 20;

const spec = tinyGuest('grows')
  .concat('      - {name: flat, volume: flat, bus: virtio}\n')
  .concat('      - {name: sparse, volume: sparse, bus: scsi, copyOnRead: true}\n')
  .concat('    controllers: [{type: scsi, index: 0, model: virtio-scsi}]\n');

function declare(name: string, format: string, capacity: string): void {
  host.write(
    `${name}.yaml`,
    `apiVersion: qonverge/v1\nkind: Volume\nmetadata: {name: ${name}}\nspec: {capacity: ${capacity}, format: ${format}}\n`,
  );
}

beforeAll(async () => {
  declare('flat', 'raw', '4MiB');
  declare('sparse', 'qcow2', '4MiB');
  host.write('grows.yaml', spec);
  daemon = await host.watch();
  await host.untilState('grows', 'running');
  machine = await LiveMachine.of(host, 'grows');
});
afterAll(async () => {
  machine?.close();
  await host.dispose();
});

interface Drive {
  readonly qdev: string;
  readonly inserted?: { readonly image: { readonly 'virtual-size': number } };
}

/** What the running QEMU takes the disk for, in MiB. */
async function seen(name: string): Promise<number> {
  const drives = await machine.query<Drive[]>('query-block');
  const drive = drives.find(({ qdev }) => qdev.includes(`ua-${name}`));
  return (drive?.inserted?.image['virtual-size'] ?? 0) / mib;
}

async function fileOf(name: string): Promise<string> {
  const nodes = await machine.query<{ file: string; 'node-name': string }[]>('query-named-block-nodes');
  return nodes.find((node) => node['node-name'] === `ua-${name}-storage`)?.file ?? '';
}

async function inSync(name: string): Promise<string | undefined> {
  const volume = await host.item(name, 'Volume');
  return volume?.conditions.find(({ type }) => type === 'InSync')?.status;
}

async function untilSeen(name: string, size: number): Promise<void> {
  await until(async () => (await seen(name)) === size, `${name} has ${size} MiB`);
  await until(async () => (await inSync(name)) === 'True', `${name} is as its file says`);
}

test.each([
  ['flat', 'raw'],
  ['sparse', 'qcow2'],
])('a volume that a running machine writes grows in it: %s', async (name, format) => {
  declare(name, format, '6MiB');
  await untilSeen(name, 6);
  await machine.stillRuns();
  const before = await host.item(name, 'Volume');
  expect((await host.cli(['reconcile'])).exitCode).toBe(0);
  expect(await host.item(name, 'Volume')).toEqual(before);
});

test('it never shrinks, running or not', async () => {
  declare('flat', 'raw', '5MiB');
  await until(async () => (await inSync('flat')) === 'False', 'the smaller size is refused');
  expect((await host.item('flat', 'Volume'))?.conditions[0]?.message).toContain('a volume never shrinks');
  expect(await seen('flat')).toBe(6);
  declare('flat', 'raw', '6MiB');
  await untilSeen('flat', 6);
});

test.each([
  ['begun', 8],
  ['done', 10],
])('killed at volume.grow.%s, the daemon comes back and the machine sees it grown', async (step, size) => {
  await stop(daemon);
  daemon = await host.watch({ env: { QONVERGE_FAILPOINTS: `volume.grow.${step}=kill` } });
  declare('sparse', 'qcow2', `${size}MiB`);
  await until(() => daemon.signalCode === 'SIGKILL', 'the daemon died');
  daemon = await host.watch();
  await untilSeen('sparse', size);
  await machine.stillRuns();
});

test('a machine that does not know yet that its image has grown is told', async () => {
  await stop(daemon);
  // As another machine that shares the image leaves it when the daemon dies in between.
  truncateSync(await fileOf('flat'), 7 * mib);
  declare('flat', 'raw', '7MiB');
  expect(await seen('flat')).toBe(6);
  daemon = await host.watch();
  await untilSeen('flat', 7);
  await machine.stillRuns();
});

test('a volume whose machine is down grows as well', async () => {
  const file = await fileOf('flat');
  machine.close();
  host.write('grows.yaml', spec.replace('accel: tcg', 'accel: tcg\n  runStrategy: Halted'));
  await host.untilState('grows', 'shutoff');
  declare('flat', 'raw', '12MiB');
  await until(() => statSync(file).size === 12 * mib, 'it has grown');
});
