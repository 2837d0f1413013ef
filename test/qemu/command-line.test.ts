import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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

function lacks({ needs }: CommandLineCase): boolean {
  if (needs === 'hugepages')
    return !/^HugePages_Free:\s+([1-9]\d{2,})$/m.test(readFileSync('/proc/meminfo', 'utf8'));
  if (needs === 'hardware KVM')
    return !['kvm_intel', 'kvm_amd'].some((module) => existsSync(`/sys/module/${module}`));
  return needs !== undefined && !canOpen(needs);
}

function canOpen(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Starts QEMU paused and says to it what is said before the guest runs. */
async function startPaused(def: DomainDef): Promise<Monitor> {
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
  });
  if ((def.spec.devices?.tpms ?? []).length > 0) await startTpm();
  const monitors = await Promise.all(['qmp0', 'qmp1'].map((name) => listenUnix(join(directory, name))));
  const child = spawn(line.emulator, line.args, {
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
    return monitor;
  } catch (error) {
    throw new Error(`${(error as Error).message}: ${said}`);
  }
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
    test.skipIf(lacks(row))(
      `takes the command line of ${row.name} and waits before the first instruction`,
      async () => {
        const monitor = await startPaused(row.def(directory));
        expect(await monitor.execute('query-status')).toMatchObject({ status: 'prelaunch', running: false });
        await monitor.execute('quit');
        await monitor.closed;
      },
    );

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
