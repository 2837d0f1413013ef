import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BareQemu } from './bare-qemu.ts';
import { BenchHost } from './bench-host.ts';
import { argvOf, hasRun, machine, tinyRom } from './machine.ts';
import { againstPeer, atMost } from './report.ts';

const count = Number(process.env['BENCH_MACHINES'] ?? 100);
const settle = 100;
/** As many at once as the daemon starts on two cores. */
const parallel = 4;

/** Many machines at once, and what they cost while they run. */
export async function hundred(): Promise<void> {
  const host = new BenchHost('qemu:///system');
  try {
    const rom = tinyRom(host.root);
    const serial = (name: string) => join(host.root, `${name}.serial`);
    const names = Array.from({ length: count }, (_, at) => `bench-${at}`);
    const bareSpec = join(host.root, 'bare.yaml');
    writeFileSync(bareSpec, machine('bare', rom, serial('bare')));
    const argv = argvOf(bareSpec);

    host.write('warm.yaml', machine('bench-warm', rom, serial('warm')));
    await host.watch(['--settle', `${settle}ms`]);
    await hasRun(serial('warm'));
    await sleep(1_000);

    const bareTime = await bareMachines(argv, host, names);

    const slowest = slowestStatus(host);
    const begun = performance.now();
    for (const name of names) host.write(`${name}.yaml`, machine(name, rom, serial(name)));
    // One after the other: to look for all of them at once would take the time that is measured.
    for (const name of names) await hasRun(serial(name), 300_000);
    const ours = performance.now() - begun - settle;
    againstPeer(`${count} machines from an empty host, less settle`, ours, bareTime, 'ms', 1.2);
    atMost('slowest status meanwhile', await slowest.stop(), 'ms', 500);

    await host.until(() => allRun(host), 60_000, 50);
    await sleep(2_000);
    atMost(`memory with ${count} machines`, host.rss(), 'MiB', 100);
    const cpu = host.cpu();
    await sleep(30_000);
    atMost('idle CPU, default interval', ((host.cpu() - cpu) / 30) * 100, '%', 0.5);

    await host.kill();
    const restarted = performance.now();
    await host.watch(['--settle', `${settle}ms`]);
    await host.until(() => allRun(host), 60_000);
    atMost(
      `adoption of ${count} after kill -9, until status is right for all`,
      performance.now() - restarted,
      'ms',
      1_000,
    );
  } finally {
    await host.dispose();
  }
}

async function bareMachines(
  argv: readonly string[],
  host: BenchHost,
  names: readonly string[],
): Promise<number> {
  const bare: BareQemu[] = [];
  const begun = performance.now();
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < names.length; at = next++)
      bare.push(await BareQemu.start(argv, join(host.run, `b${at}.sock`)));
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  const time = performance.now() - begun;
  await Promise.all(bare.map((qemu) => qemu.quit()));
  return time;
}

async function allRun(host: BenchHost): Promise<boolean> {
  const { items } = await host.ask<{ items: { state: string }[] }>('status');
  return items.filter(({ state }) => state === 'running').length === count + 1;
}

/** Asks again and again, as a person would; the longest answer counts. */
function slowestStatus(host: BenchHost): { stop(): Promise<number> } {
  let slowest = 0;
  let asking = true;
  const poll = (async () => {
    while (asking) {
      const asked = performance.now();
      await host.ask('status');
      slowest = Math.max(slowest, performance.now() - asked);
      await sleep(100);
    }
  })();
  return {
    async stop() {
      asking = false;
      await poll;
      return slowest;
    },
  };
}
