import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Monitor } from '../src/qmp/monitor.ts';
import { BareQemu } from './bare-qemu.ts';
import { BenchHost } from './bench-host.ts';
import { argvOf, hasRun, machine, tinyRom } from './machine.ts';
import { beside, median } from './report.ts';
import { isComplete, spec } from './thousands.ts';

const settle = 100;
/** The last one leaves the disk in. */
const rounds = 8;
const allowed = 100;
const alias = 'ua-data';
/** QEMU knows a USB disk's medium by the device inside of the one that is plugged. */
const medium = `/machine/peripheral/${alias}/${alias}.0/legacy[0]`;

type Command = readonly [name: string, args: Readonly<Record<string, unknown>>];

/** A change of a running machine: as its spec says it, as QMP does it, and how it is seen. */
interface LiveChange {
  readonly what: string;
  readonly disk: (root: string, round: number) => string;
  readonly commands: (root: string, round: number) => readonly Command[];
  readonly isSeen: (drives: readonly Drive[], round: number) => boolean;
}

interface Drive {
  readonly qdev?: string;
  readonly inserted?: { readonly iops: number };
}

const isPlugged = (round: number): boolean => round % 2 === 0;

function dataDisk(root: string, more = ''): string {
  return `    disks: [{name: data, file: ${root}/data.raw, format: raw, bus: usb${more}}]\n`;
}

function plug(root: string): readonly Command[] {
  const file = { driver: 'file', filename: `${root}/bare.raw`, 'node-name': 'bytes' };
  return [
    ['blockdev-add', file],
    ['blockdev-add', { driver: 'raw', file: 'bytes', 'node-name': 'image' }],
    ['device_add', { driver: 'usb-storage', id: alias, bus: 'usb.0', drive: 'image' }],
  ];
}

const unplug: readonly Command[] = [
  ['device_del', { id: alias }],
  ['blockdev-del', { 'node-name': 'image' }],
  ['blockdev-del', { 'node-name': 'bytes' }],
];

const changes: readonly LiveChange[] = [
  {
    what: 'a disk plugged in and out',
    disk: (root, round) => (isPlugged(round) ? dataDisk(root) : ''),
    commands: (root, round) => (isPlugged(round) ? plug(root) : unplug),
    isSeen: (drives, round) => (driveIn(drives) !== undefined) === isPlugged(round),
  },
  {
    what: 'the limits of a disk',
    disk: (root, round) => dataDisk(root, `, iotune: {totalIopsSec: ${100 + round}}`),
    commands: (_, round) => [['block_set_io_throttle', { id: medium, ...noLimits, iops: 100 + round }]],
    isSeen: (drives, round) => driveIn(drives)?.inserted?.iops === 100 + round,
  },
];

const noLimits = { bps: 0, bps_rd: 0, bps_wr: 0, iops: 0, iops_rd: 0, iops_wr: 0 };

function driveIn(drives: readonly Drive[]): Drive | undefined {
  return drives.find(({ qdev }) => qdev?.includes(alias));
}

/** From a saved file until QEMU has changed, among few specs and among many, beside the bare commands. */
export async function live(): Promise<void> {
  for (const count of [10, 1_000]) {
    const host = new BenchHost('qemu:///system');
    try {
      const rom = tinyRom(host.root);
      for (const image of ['data.raw', 'bare.raw'])
        writeFileSync(join(host.root, image), Buffer.alloc(1 << 20));
      const text = (name: string) => machine(name, rom, join(host.root, `${name}.serial`)) + usb;
      for (let at = 1; at < count; at++) host.write(...spec(at));
      host.write('live.yaml', text('live'));
      await host.watch(['--interval', '1h', '--settle', `${settle}ms`]);
      await hasRun(join(host.root, 'live.serial'));
      await host.until(() => isComplete(host, count), 120_000, 50);
      const ours = await spareMonitor(host);
      const bare = await bareMonitor(host, text('bare'));
      for (const change of changes) await measure(change, count, host, text('live'), ours, bare.monitor);
      ours.close();
      bare.monitor.close();
      await bare.qemu.quit();
    } finally {
      await host.dispose();
    }
  }
}

const usb = '    controllers: [{type: usb, index: 0, model: qemu-xhci}]\n';

async function measure(
  change: LiveChange,
  count: number,
  host: BenchHost,
  text: string,
  ours: Monitor,
  bare: Monitor,
): Promise<void> {
  const times: number[] = [];
  const floor: number[] = [];
  // The first round of each is for whatever is done only once.
  for (let round = 0; round <= rounds; round++) {
    const bareBegun = performance.now();
    for (const command of change.commands(host.root, round)) await execute(bare, command, host);
    await seen(bare, change, round, host);
    floor.push(performance.now() - bareBegun);
    const begun = performance.now();
    host.write('live.yaml', text + change.disk(host.root, round));
    await seen(ours, change, round, host);
    times.push(performance.now() - begun - settle);
  }
  const peer = median(floor.slice(1));
  const most = Math.round(allowed + peer);
  beside(`live: ${change.what}, among ${count}, less settle`, median(times.slice(1)), peer, 'ms', most);
}

/** A device that is gone holds its nodes a moment longer. */
async function execute(monitor: Monitor, [name, args]: Command, host: BenchHost): Promise<void> {
  await host.until(
    async () => {
      try {
        await monitor.execute(name, args);
        return true;
      } catch (error) {
        if (/in use/.test(String(error))) return false;
        throw error;
      }
    },
    10_000,
    1,
  );
}

async function seen(monitor: Monitor, { isSeen }: LiveChange, round: number, host: BenchHost): Promise<void> {
  await host.until(async () => isSeen(await monitor.execute<Drive[]>('query-block'), round), 30_000, 1);
}

/** The one that our daemon leaves to emergencies. */
function spareMonitor(host: BenchHost): Promise<Monitor> {
  const root = join(host.run, 'd');
  const [directory = ''] = readdirSync(root);
  return Monitor.connect(join(root, directory, 'qmp1.sock'), { timeout: 5_000 });
}

async function bareMonitor(host: BenchHost, text: string) {
  const file = join(host.root, 'bare.yaml');
  writeFileSync(file, text);
  const socket = join(host.run, 'bare1.sock');
  const argv = [...argvOf(file), '-qmp', `unix:${socket},server=on,wait=off`];
  const qemu = await BareQemu.start(argv, join(host.run, 'bare.sock'));
  return { qemu, monitor: await Monitor.connect(socket, { timeout: 5_000 }) };
}
