import { setTimeout as sleep } from 'node:timers/promises';
import { BenchHost } from './bench-host.ts';
import { againstPeer, atMost, median } from './report.ts';

const most = Number(process.env['BENCH_SPECS'] ?? 10_000);
const settle = 100;
const watchArgs = ['--interval', '1h', '--settle', `${settle}ms`];

interface Item {
  readonly generation: number;
  readonly conditions: readonly { readonly type: string; readonly status: string }[];
}

/** The same directory with few, many and very many specs; half YAML, half XML. */
export async function thousands(): Promise<void> {
  const changes: number[] = [];
  for (const count of [10, 1_000, most]) {
    const host = new BenchHost('test:///default');
    try {
      for (let at = 0; at < count; at++) host.write(...spec(at));
      const begun = performance.now();
      await host.watch(watchArgs);
      await untilComplete(host, count);
      const cold = performance.now() - begun;
      changes.push(await oneChange(host));
      if (count !== most) continue;
      atMost(`cold load of ${count} specs, until all are in sync`, cold, 'ms', 4_000);
      againstPeer(
        `one change among ${count}, against among 10`,
        median(changes.slice(-1)),
        changes[0] ?? 0,
        'ms',
        1.5,
      );
      await resting(host, count);
    } finally {
      await host.dispose();
    }
  }
}

async function resting(host: BenchHost, count: number): Promise<void> {
  const asked = performance.now();
  await host.ask('status');
  atMost(`status of ${count}`, performance.now() - asked, 'ms', 500);
  const cpu = host.cpu();
  await host.ask('reconcile');
  await sleep(3_000);
  atMost(`no-op pass over ${count}`, (host.cpu() - cpu) * 1_000, 'ms CPU', 1_000);
  atMost(`memory at ${count} specs`, host.rss(), 'MiB', 150);
  await host.kill('SIGTERM');
  const again = performance.now();
  await host.watch(watchArgs);
  await untilComplete(host, count);
  atMost(`second start with ${count} unchanged specs`, performance.now() - again, 'ms', 1_000);
}

/** Asks for one, the last by name, until that is in sync, and only then for all: a look at all of them is work of its own. */
async function untilComplete(host: BenchHost, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, at) => `m${at}`).sort();
  const name = names.at(-1);
  const last = async () => {
    const { items } = await host
      .ask<{ items: readonly Item[] }>('status', { name })
      .catch(() => ({ items: [] }));
    return items.some(isInSync);
  };
  await host.until(last, 300_000, 20);
  await host.until(() => isComplete(host, count), 300_000, 500);
}

export async function isComplete(host: BenchHost, count: number): Promise<boolean> {
  const { items } = await host.ask<{ items: Item[] }>('status');
  return items.length === count && items.every((item) => item.generation >= 1 && isInSync(item));
}

function isInSync({ conditions }: Item): boolean {
  return conditions.some(({ type, status }) => type === 'InSync' && status === 'True');
}

/** Milliseconds from a spec written to its definition accepted, less settle. */
async function oneChange(host: BenchHost): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 7; round++) {
    const begun = performance.now();
    host.write(
      'm0.yaml',
      `apiVersion: qonverge/v1\nkind: Domain\nmetadata: {name: m0, labels: {n: "changed-${round}"}}\nspec: {runStrategy: Halted, memory: 512MiB}\n`,
    );
    await host.until(async () => {
      const { items } = await host.ask<{ items: Item[] }>('status', { name: 'm0' });
      return (items[0]?.generation ?? 0) >= 2 + round;
    }, 30_000);
    times.push(performance.now() - begun - settle);
  }
  return median(times);
}

export function spec(at: number): [file: string, text: string] {
  const name = `m${at}`;
  if (at % 2 === 0)
    return [
      `${name}.yaml`,
      `apiVersion: qonverge/v1\nkind: Domain\nmetadata: {name: ${name}, labels: {n: "${at}"}}\nspec:\n  runStrategy: Halted\n  memory: 512MiB\n  vcpus: 2\n  os: {machine: q35}\n  devices:\n    disks:\n      - {name: root, file: /images/${name}.qcow2, format: qcow2, bus: virtio}\n    interfaces:\n      - {name: lan, type: user, model: virtio}\n    serials:\n      - {type: pty}\n`,
    ];
  return [
    `${name}.xml`,
    `<domain type='qemu'>\n  <name>${name}</name>\n  <metadata><q:domain xmlns:q='urn:qonverge:v1' runStrategy='Halted'/></metadata>\n  <memory unit='MiB'>512</memory>\n  <vcpu>2</vcpu>\n  <os><type arch='x86_64' machine='q35'>hvm</type></os>\n  <features><acpi/><apic/></features>\n  <devices>\n    <disk type='file' device='disk'>\n      <driver name='qemu' type='qcow2'/>\n      <source file='/images/${name}.qcow2'/>\n      <target dev='vda' bus='virtio'/>\n    </disk>\n    <interface type='user'><model type='virtio'/></interface>\n    <serial type='pty'/>\n  </devices>\n</domain>\n`,
  ];
}
