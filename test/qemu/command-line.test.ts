import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CommandLineContext } from '../../src/drivers/qemu/command-line/context.ts';
import { buildCommandLine } from '../../src/drivers/qemu/command-line.ts';
import { freePort } from '../../src/host/ports.ts';
import { listenUnix } from '../../src/host/sockets.ts';
import type { DomainDef } from '../../src/model/domain.ts';
import { Monitor } from '../../src/qmp/monitor.ts';
import { type CommandLineCase, goldenContext } from '../drivers/qemu/command-line-cases/contract.ts';
import { commandLineCases } from '../drivers/qemu/command-line-cases/table.ts';

let directory = '';
let children: ChildProcess[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'qv-cl-'));
  for (const [name, size] of [
    ['a.raw', 1],
    ['b.raw', 1],
    ['base.raw', 1],
    ['floppy.raw', 1.40625],
  ] as const)
    writeFileSync(join(directory, name), Buffer.alloc(size * 1024 * 1024));
  for (const name of ['top, with comma.qcow2', 'root.qcow2'])
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', join(directory, name), '1M']);
  copyFileSync('/usr/share/OVMF/OVMF_VARS_4M.ms.fd', join(directory, 'nvram.fd'));
});

afterEach(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
  children = [];
  rmSync(directory, { recursive: true, force: true });
});

/** The nearest that a host without it can do; no case is left out. */
const standIns: Readonly<Record<NonNullable<CommandLineCase['needs']>, { lacking(): boolean } & StandIn>> = {
  // Any directory can hold the file that backs the memory; that its pages are huge is the mount's affair.
  hugepages: {
    lacking: () => !/^HugePages_Free:\s+([1-9]\d{2,})$/m.test(readFileSync('/proc/meminfo', 'utf8')),
    context: () => ({ hugepages: () => directory }),
  },
  // Hyper-V's words need a kernel that has them: QEMU is asked whether it knows each of them.
  'hardware KVM': {
    lacking: () => !['kvm_intel', 'kvm_amd'].some((module) => existsSync(`/sys/module/${module}`)),
    def: (def) => ({ ...def, spec: { ...def.spec, accel: 'tcg' } }),
    hyperv: true,
  },
  // The device is left out, and QEMU asked whether it knows every word of it.
  '/dev/vhost-vsock': {
    lacking: () => !existsSync('/dev/vhost-vsock'),
    asked: 'vhost-vsock-pci',
  },
};

interface StandIn {
  context?(): Partial<CommandLineContext>;
  def?(def: DomainDef): DomainDef;
  readonly asked?: string;
  readonly hyperv?: true;
}

function standInFor({ needs }: CommandLineCase): StandIn {
  const row = needs === undefined ? undefined : standIns[needs];
  return row?.lacking() ? row : {};
}

/** Starts QEMU paused and says to it what is said before the guest runs. */
async function startPaused(given: DomainDef, standIn: StandIn = {}): Promise<Monitor> {
  const def = standIn.def?.(given) ?? given;
  const port = await freePort('127.0.0.1', 5990, new Set());
  const line = buildCommandLine(def, {
    ...goldenContext,
    directory,
    nvram: join(directory, 'nvram.fd'),
    volume: (name) => ({
      path: join(directory, `${name}.qcow2`),
      format: 'qcow2',
      block: false,
      backing: null,
    }),
    vhostNet: false,
    displayPort: () => port,
    ...standIn.context?.(),
  });
  const { kept, asked } = standIn.hyperv ? withoutHyperv(line.args) : withoutAsked(line.args, standIn.asked);
  if ((def.spec.devices?.tpms ?? []).length > 0) await startTpm();
  const monitors = await Promise.all(['qmp0', 'qmp1'].map((name) => listenUnix(join(directory, name))));
  const child = spawn(line.emulator, kept, {
    stdio: ['ignore', 'ignore', 'pipe', ...monitors.map(({ fd }) => fd)],
  });
  children.push(child);
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  await Promise.all(monitors.map((monitor) => monitor.close()));
  try {
    const monitor = await Monitor.connect(join(directory, 'qmp0'), { timeout: 20_000 });
    for (const { command, arguments: args } of line.configure) await monitor.execute(command, args);
    await knowsEveryWord(monitor, asked);
    return monitor;
  } catch (error) {
    throw new Error(`${(error as Error).message}: ${said}`);
  }
}

/** The command line without the device of this driver, and that device. */
function withoutAsked(
  args: readonly string[],
  driver: string | undefined,
): { kept: readonly string[]; asked: Readonly<Record<string, unknown>> | undefined } {
  const at = driver === undefined ? -1 : args.findIndex((word) => word.includes(`"driver":"${driver}"`));
  if (at < 0) {
    expect(driver).toBeUndefined();
    return { kept: args, asked: undefined };
  }
  return { kept: args.filter((_, row) => row !== at && row !== at - 1), asked: JSON.parse(args[at] ?? '') };
}

/** The command line without Hyper-V's words for the CPU, and those words. */
function withoutHyperv(args: readonly string[]): ReturnType<typeof withoutAsked> {
  const at = args.indexOf('-cpu') + 1;
  const words = (args[at] ?? '').split(',');
  const own = words.filter((word) => word.startsWith('hv-'));
  expect(own.length).toBeGreaterThan(3);
  const asked = Object.fromEntries(own.map((word) => [word.replace(/=.*/, ''), word]));
  const rest = words.filter((word) => !own.includes(word)).join(',');
  return { kept: args.with(at, rest), asked: { driver: 'max-x86_64-cpu', ...asked } };
}

async function knowsEveryWord(
  monitor: Monitor,
  asked: Readonly<Record<string, unknown>> | undefined,
): Promise<void> {
  if (!asked) return;
  const { driver, id: _, bus: __, ...words } = asked;
  const known = await monitor.execute<{ name: string }[]>('device-list-properties', { typename: driver });
  expect(known.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(words)));
}

async function startTpm(): Promise<void> {
  const socket = join(directory, 'swtpm.sock');
  const control = ['--ctrl', `type=unixio,path=${socket}`];
  const child = spawn('swtpm', ['socket', '--tpm2', '--tpmstate', `dir=${directory}`, ...control], {
    stdio: 'ignore',
  });
  children.push(child);
  while (!existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('QEMU', () => {
  for (const row of commandLineCases)
    test(`takes the command line of ${row.name} and waits before the first instruction`, async () => {
      const monitor = await startPaused(row.def(directory), standInFor(row));
      expect(await monitor.execute('query-status')).toMatchObject({ status: 'prelaunch', running: false });
      await monitor.execute('quit');
      await monitor.closed;
    });

  test('limits a virtio disk as its iotune says', async () => {
    const row = commandLineCases.find(({ name }) => name === 'disk-virtio');
    const monitor = await startPaused(row?.def(directory) as DomainDef);
    const [block] = await monitor.execute<{ qdev: string; inserted: unknown }[]>('query-block');
    expect(block?.qdev).toBe('/machine/peripheral/virtio-disk0/virtio-backend');
    expect(block?.inserted).toMatchObject({
      bps: 10485760,
      bps_max: 20971520,
      bps_max_length: 5,
      iops_rd: 500,
    });
  });

  test('asks the balloon for reports as often as the spec says', async () => {
    const row = commandLineCases.find(({ name }) => name === 'platform');
    const monitor = await startPaused(row?.def(directory) as DomainDef);
    const path = '/machine/peripheral/balloon0';
    expect(await monitor.execute('qom-get', { path, property: 'guest-stats-polling-interval' })).toBe(10);
  });
});
