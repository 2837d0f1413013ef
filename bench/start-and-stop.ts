import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BareQemu } from './bare-qemu.ts';
import { BenchHost } from './bench-host.ts';
import { argvOf, hasRun, machine, tinyRom } from './machine.ts';
import { againstPeer, median } from './report.ts';

const settle = 100;
const rounds = 15;

/** One machine after the other, ours and a bare one in turn. */
export async function startAndStop(): Promise<void> {
  const host = new BenchHost('qemu:///system');
  try {
    const rom = tinyRom(host.root);
    const serial = (name: string) => join(host.root, `${name}.serial`);
    const bareSpec = join(host.root, 'bare.yaml');
    writeFileSync(bareSpec, machine('bare', rom, serial('bare')));
    const argv = argvOf(bareSpec);
    host.write('warm.yaml', machine('bench-warm', rom, serial('warm')));
    await host.watch(['--settle', `${settle}ms`]);
    await hasRun(serial('warm'));
    await sleep(1_000);
    const ours: number[] = [];
    const bare: number[] = [];
    const stops: number[] = [];
    const bareStops: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const name = `bench-${round}`;
      const begun = performance.now();
      host.write(`${name}.yaml`, machine(name, rom, serial(name)));
      await hasRun(serial(name));
      ours.push(performance.now() - begun - settle);
      await host.until(async () => {
        const { items } = await host.ask<{ items: { state: string }[] }>('status', { name });
        return items[0]?.state === 'running';
      }, 10_000);

      writeFileSync(serial('bare'), '');
      const bareBegun = performance.now();
      const [qemu] = await Promise.all([
        BareQemu.start(argv, join(host.run, 'bare.sock')),
        hasRun(serial('bare')),
      ]);
      bare.push(performance.now() - bareBegun);
      const quitBegun = performance.now();
      await qemu.quit();
      bareStops.push(performance.now() - quitBegun);
      const stopBegun = performance.now();
      await host.ask('stop', { name, force: true });
      stops.push(performance.now() - stopBegun);
    }
    againstPeer(
      'spec written to first guest instruction, less settle',
      median(ours),
      median(bare),
      'ms',
      1.25,
    );
    againstPeer('force stop', median(stops), median(bareStops), 'ms', 2);
  } finally {
    await host.dispose();
  }
}
