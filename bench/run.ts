import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BareQemu } from './bare-qemu.ts';
import { BenchHost } from './bench-host.ts';
import { benchRender } from './render.ts';

interface Row {
  readonly what: string;
  readonly ours: number;
  readonly unit: string;
  readonly peer?: number;
  readonly ratio?: number;
  readonly goal: string;
  readonly met: boolean;
}

const rows: Row[] = [];
const only = process.argv[2];
const machines = Number(process.env['BENCH_MACHINES'] ?? 100);
const specs = Number(process.env['BENCH_SPECS'] ?? 10_000);

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function row(what: string, ours: number, unit: string, goal: string, met: boolean, peer?: number): void {
  const ratio = peer === undefined ? {} : { peer, ratio: ours / peer };
  rows.push({ what, ours, unit, goal, met, ...ratio });
  const beside =
    peer === undefined ? '' : `  peer ${peer.toFixed(peer < 1 ? 2 : 1)}  ratio ${(ours / peer).toFixed(2)}`;
  console.log(
    `${met ? 'ok  ' : 'MISS'}  ${what.padEnd(52)} ${ours.toFixed(1).padStart(9)} ${unit}${beside}   goal: ${goal}`,
  );
}

/** A machine whose firmware halts at once: SeaBIOS would cost more than all that we measure. */
function haltingRom(host: BenchHost): string {
  const path = join(host.root, 'halt.rom');
  const rom = Buffer.alloc(65_536, 0xf4);
  // At the reset vector: cli; hlt; jmp to the hlt.
  rom.set([0xfa, 0xf4, 0xeb, 0xfd], 65_536 - 16);
  writeFileSync(path, rom);
  return path;
}

function machine(name: string, rom: string): string {
  return `apiVersion: qonverge/v1
kind: Domain
metadata: {name: ${name}}
spec:
  accel: tcg
  memory: 64MiB
  runStrategy: UnlessStopped
  os: {machine: q35, loader: {path: ${rom}, type: rom}}
  devices:
    memballoon: {model: none}
`;
}

async function startAndStop(): Promise<void> {
  const host = new BenchHost('qemu:///system');
  try {
    const rom = haltingRom(host);
    const settle = 100;
    host.write('warm.yaml', machine('bench-warm', rom));
    await host.watch(['--settle', `${settle}ms`]);
    await sleep(1_500);
    const ours: number[] = [];
    const bare: number[] = [];
    const stops: number[] = [];
    const bareStops: number[] = [];
    for (let round = 0; round < 9; round++) {
      const name = `bench-${round}`;
      const follow = host.started(1);
      await sleep(50);
      const begun = performance.now();
      host.write(`${name}.yaml`, machine(name, rom));
      ours.push((await follow.done) - begun - settle);
      follow.close();
      const argv = argvFrom(join(host.specs, `${name}.yaml`)).map((word) =>
        word.startsWith('guest=') ? 'guest=bare' : word,
      );
      const bareBegun = performance.now();
      const qemu = await BareQemu.start(argv, join(host.root, 'bare.sock'));
      bare.push(performance.now() - bareBegun);
      const quitBegun = performance.now();
      await qemu.quit();
      bareStops.push(performance.now() - quitBegun);
      const stopBegun = performance.now();
      await host.ask('stop', { name, force: true });
      stops.push(performance.now() - stopBegun);
    }
    row(
      'spec written to vCPUs running, less settle (median)',
      median(ours),
      'ms',
      '≤ 1.25 × bare',
      median(ours) <= 1.25 * median(bare),
      median(bare),
    );
    row(
      'force stop (median)',
      median(stops),
      'ms',
      '≤ 2 × bare',
      median(stops) <= 2 * median(bareStops),
      median(bareStops),
    );
  } finally {
    await host.dispose();
  }
}

async function hundred(): Promise<void> {
  const host = new BenchHost('qemu:///system');
  try {
    const rom = haltingRom(host);
    host.write('warm.yaml', machine('bench-warm', rom));
    await host.watch(['--settle', '100ms']);
    await sleep(1_500);
    const names = Array.from({ length: machines }, (_, at) => `bench-${at}`);
    for (const name of names) writeFileSync(join(host.root, `${name}.yaml`), machine(name, rom));

    const argv = argvFrom(join(host.root, 'bench-0.yaml'));
    const bareBegun = performance.now();
    const bare: BareQemu[] = [];
    let next = 0;
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let at = next++; at < machines; at = next++)
          bare.push(await BareQemu.start(argv, join(host.root, `b${at}.sock`)));
      }),
    );
    const bareTime = performance.now() - bareBegun;
    await Promise.all(bare.map((qemu) => qemu.quit()));

    const follow = host.started(machines);
    let slowest = 0;
    let polling = true;
    const poll = (async () => {
      while (polling) {
        const asked = performance.now();
        await host.ask('status');
        slowest = Math.max(slowest, performance.now() - asked);
        await sleep(100);
      }
    })();
    await sleep(100);
    const begun = performance.now();
    for (const name of names) host.write(`${name}.yaml`, machine(name, rom));
    const ours = (await follow.done) - begun - 100;
    polling = false;
    await poll;
    follow.close();
    row(
      `${machines} machines from an empty host, less settle`,
      ours,
      'ms',
      '≤ 1.2 × bare',
      ours <= 1.2 * bareTime,
      bareTime,
    );
    row('slowest status meanwhile', slowest, 'ms', 'answers throughout', slowest < 2_000);
    row(`memory with ${machines} machines`, host.rss(), 'MiB', '≤ 100 MiB', host.rss() <= 100);
    const cpu = host.cpu();
    await sleep(20_000);
    const idle = ((host.cpu() - cpu) / 20) * 100;
    row('idle CPU', idle, '%', '≤ 0.5 %', idle <= 0.5);

    await host.kill();
    const restarted = performance.now();
    const up = host.watch(['--settle', '100ms']);
    await up;
    await host.until(async () => {
      const { items } = await host.ask<{ items: { state: string }[] }>('status');
      return items.filter(({ state }) => state === 'running').length === machines + 1;
    }, 60_000);
    row(
      `adoption of ${machines} after kill -9, until status is right`,
      performance.now() - restarted,
      'ms',
      '≤ 1000 ms',
      performance.now() - restarted <= 1_000,
    );
  } finally {
    await host.dispose();
  }
}

function argvFrom(file: string): string[] {
  const argv = JSON.parse(
    execFileSync(process.execPath, ['dist/main.js', 'render', file, '-o', 'argv-json'], { encoding: 'utf8' }),
  ) as string[];
  return argv.filter(
    (word, at) =>
      !/^(chardev=)?monitor|id=monitor/.test(word) &&
      !(/^-(chardev|mon)$/.test(word) && /monitor/.test(argv[at + 1] ?? '')),
  );
}

function many(host: BenchHost, count: number): void {
  for (let at = 0; at < count; at++) {
    const name = `m${at}`;
    if (at % 2 === 0) {
      host.write(
        `${name}.yaml`,
        `apiVersion: qonverge/v1\nkind: Domain\nmetadata: {name: ${name}, labels: {n: "${at}"}}\nspec:\n  runStrategy: Halted\n  memory: 512MiB\n  vcpus: 2\n  os: {machine: q35}\n  devices:\n    disks:\n      - {name: root, file: /images/${name}.qcow2, format: qcow2, bus: virtio}\n    interfaces:\n      - {name: lan, type: user, model: virtio}\n    serials:\n      - {type: pty}\n`,
      );
    } else {
      host.write(
        `${name}.xml`,
        `<domain type='qemu'>\n  <name>${name}</name>\n  <metadata><q:domain xmlns:q='urn:qonverge:v1' runStrategy='Halted'/></metadata>\n  <memory unit='MiB'>512</memory>\n  <vcpu>2</vcpu>\n  <os><type arch='x86_64' machine='q35'>hvm</type></os>\n  <features><acpi/><apic/></features>\n  <devices>\n    <disk type='file' device='disk'>\n      <driver name='qemu' type='qcow2'/>\n      <source file='/images/${name}.qcow2'/>\n      <target dev='vda' bus='virtio'/>\n    </disk>\n    <interface type='user'><model type='virtio'/></interface>\n    <serial type='pty'/>\n  </devices>\n</domain>\n`,
      );
    }
  }
}

async function thousands(): Promise<void> {
  for (const count of [10, 1_000, specs]) {
    const host = new BenchHost('test:///default');
    try {
      many(host, count);
      const begun = performance.now();
      await host.watch(['--interval', '1h', '--settle', '100ms']);
      const complete = async (generation: number) => {
        const { items } = await host.ask<{
          items: { generation: number; conditions: { type: string; status: string }[] }[];
        }>('status');
        return (
          items.length === count &&
          items.every(
            (item) =>
              item.generation >= generation &&
              item.conditions.some(({ type, status }) => type === 'InSync' && status === 'True'),
          )
        );
      };
      await host.until(() => complete(1), 300_000, 50);
      const cold = performance.now() - begun;
      if (count === specs)
        row(`cold load of ${count} specs, until all are in status`, cold, 'ms', '< 4000 ms', cold < 4_000);

      const changes: number[] = [];
      for (let round = 0; round < 5; round++) {
        const follow = performance.now();
        host.write(
          'm0.yaml',
          `apiVersion: qonverge/v1\nkind: Domain\nmetadata: {name: m0, labels: {n: "changed-${round}"}}\nspec: {runStrategy: Halted, memory: 512MiB}\n`,
        );
        await host.until(async () => {
          const { items } = await host.ask<{ items: { generation: number }[] }>('status', { name: 'm0' });
          return (items[0]?.generation ?? 0) >= 2 + round;
        }, 30_000);
        changes.push(performance.now() - follow - 100);
      }
      row(
        `one change among ${count}, less settle (median)`,
        median(changes),
        'ms',
        'the same at every count',
        median(changes) < 500,
      );
      if (count !== specs) continue;

      const asked = performance.now();
      await host.ask('status');
      row(
        `status of ${count}`,
        performance.now() - asked,
        'ms',
        '≤ 500 ms',
        performance.now() - asked <= 500,
      );
      const cpu = host.cpu();
      await host.ask('reconcile');
      await sleep(3_000);
      row(`no-op pass over ${count}`, (host.cpu() - cpu) * 1000, 'ms CPU', '< 1000 ms', host.cpu() - cpu < 1);
      row(`memory at ${count} specs`, host.rss(), 'MiB', '≤ 150 MiB', host.rss() <= 150);
      await host.kill('SIGTERM');
      const again = performance.now();
      await host.watch(['--interval', '1h', '--settle', '100ms']);
      await host.until(() => complete(1), 300_000, 20);
      row(
        `second start with ${count} unchanged specs`,
        performance.now() - again,
        'ms',
        '< 1000 ms',
        performance.now() - again < 1_000,
      );
    } finally {
      await host.dispose();
    }
  }
}

async function rendering(): Promise<void> {
  const { files, parser, median: middle, slowest, slowestFile } = benchRender();
  row(`render: XML to command line, median of ${files} files`, middle, 'ms', '≤ 5 ms', middle <= 5, parser);
  row(`render: the slowest of them, ${slowestFile}`, slowest, 'ms', '≤ 5 ms', slowest <= 5);
}

const suites = { start: startAndStop, hundred, thousands, render: rendering };
for (const [name, run] of Object.entries(suites)) if (only === undefined || only === name) await run();
mkdirSync('bench/out', { recursive: true });
writeFileSync('bench/out/result.json', `${JSON.stringify(rows, null, 2)}\n`);
console.log(`${rows.filter(({ met }) => met).length} of ${rows.length} goals met; bench/out/result.json`);
