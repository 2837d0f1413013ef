import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readAffinity } from '../../src/host/threads.ts';
import { QemuHost } from '../support/qemu-host.ts';

let host: QemuHost;
const other = `apiVersion: qonverge/v1
kind: Domain
metadata: {name: other}
spec: {runStrategy: Manual, memory: 64MiB}
`;
/** A machine of two vCPUs and an I/O thread, and one that stays down beside it. */
const spec = (tuning = '', vcpus = '{maximum: 2}') => `${other}---
apiVersion: qonverge/v1
kind: Domain
metadata: {name: tuned}
spec:
  accel: tcg
  deletionPolicy: Destroy
  memory: 64MiB
  vcpus: ${vcpus}
  iothreads: 1
  ${tuning}
  os: {machine: pc}
  devices: {memballoon: {model: none}}
`;

beforeAll(async () => {
  host = await QemuHost.open();
});
afterAll(() => host.dispose());

/** Declares it, and expects that it runs as it says. */
async function runs(tuning: string, vcpus?: string): Promise<number> {
  const { status } = await host.declare('tuned', spec(tuning, vcpus));
  expect(status?.conditions.find(({ type }) => type === 'InSync')?.status, JSON.stringify(status)).toBe(
    'True',
  );
  return status?.pid ?? 0;
}

/** Host CPUs of each thread of QEMU, by the name that QEMU gave it. */
function affinities(pid: number): Record<string, string | undefined> {
  const threads = readdirSync(`/proc/${pid}/task`).map(Number);
  return Object.fromEntries(
    threads.map((tid) => [
      tid === pid ? 'main' : readFileSync(`/proc/${pid}/task/${tid}/comm`, 'utf8').trim(),
      readAffinity(pid, tid),
    ]),
  );
}

const everywhere = readAffinity(process.pid, process.pid);
/** Two CPUs that this process may use; on a host with one they are the same. */
const [first = 0, second = first] = (everywhere ?? '0')
  .split(',')
  .flatMap((range) => range.split('-').map(Number));

test('threads are pinned where the definition says, live, and again when somebody moves them', async () => {
  const pid = await runs(
    `cputune: {emulatorPin: '${first}', vcpuPins: [{vcpu: 0, cpuset: '${second}'}], iothreadPins: [{iothread: 1, cpuset: '${second}'}]}`,
  );
  expect(affinities(pid)).toMatchObject({
    main: String(first),
    'CPU 0/TCG': String(second),
    'CPU 1/TCG': everywhere,
    'IO iothread1': String(second),
  });
  expect(
    await runs(`cputune: {vcpuPins: [{vcpu: 1, cpuset: '${first}'}]}`, `{maximum: 2, cpuset: '${second}'}`),
  ).toBe(pid);
  expect(affinities(pid)).toMatchObject({
    main: String(second),
    'CPU 0/TCG': String(second),
    'CPU 1/TCG': String(first),
  });
  if (first !== second) {
    execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(first), String(pid)], {
      stdio: 'ignore',
    });
    // What QEMU says of its pause makes us look again.
    await host.pause('tuned');
    expect(affinities(pid)).toMatchObject({ main: String(second), 'CPU 0/TCG': String(second) });
  }
  expect(await runs('')).toBe(pid);
  expect(new Set(Object.values(affinities(pid)))).toEqual(new Set([everywhere]));
});

/** The group of a process by a controller of version 1, or the one of version 2; undefined: not mounted. */
function groupOf(controller: string, pid: number | 'self'): string | undefined {
  const mount = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, , type, options = '']) =>
      controller === '' ? type === 'cgroup2' : type === 'cgroup' && options.split(',').includes(controller),
    );
  const own = readFileSync(`/proc/${pid}/cgroup`, 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([, names = 'none']) => names.split(',').includes(controller));
  return mount && own && join(mount[1] ?? '', own.slice(2).join(':'));
}

/** Here version 1 is mounted, and groups can be made: then nothing but real limits will do. */
function mustLimit(controllers: readonly string[]): boolean {
  try {
    for (const controller of controllers) {
      const probe = join(groupOf(controller, 'self') ?? '/nowhere', 'qonverge-probe');
      mkdirSync(probe);
      rmdirSync(probe);
    }
    return !existsSync('/run/systemd/system');
  } catch {
    return false;
  }
}

/** A machine with a process beside QEMU. */
const withTpm = (tuning: string) =>
  spec(tuning).replace(
    '{memballoon: {model: none}}',
    '{memballoon: {model: none}, tpms: [{backend: emulator}]}',
  );
const limits = (shares: number) =>
  `cputune: {shares: ${shares}, quota: 50000, emulatorQuota: 40000}\n  memtune: {hardLimit: 512MiB, softLimit: 256MiB}`;

const everyLimit = `cputune:
    {globalPeriod: 90000, globalQuota: 180000, period: 60000, quota: 30000, emulatorPeriod: 70000, emulatorQuota: 40000,
     iothreadPeriod: 80000, iothreadQuota: 20000, vcpuScheds: [{vcpus: '0', scheduler: idle}],
     emulatorSched: {scheduler: batch}, iothreadScheds: [{iothreads: '1', scheduler: batch}]}`;

/** Linux' numbers of scheduling policies. */
const batch = 3;
const idle = 5;

/** How the kernel schedules each thread of QEMU: field 41 of proc(5)'s stat, counted behind the name. */
function policies(pid: number): Record<string, number> {
  return Object.fromEntries(
    readdirSync(`/proc/${pid}/task`).map((tid) => {
      const stat = readFileSync(`/proc/${pid}/task/${tid}/stat`, 'utf8');
      const [, name = ''] = /\((.*)\)/.exec(stat) ?? [];
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return [Number(tid) === pid ? 'main' : name, Number(fields[41 - 3])];
    }),
  );
}

test('limits are the kernel’s, change live, are put back, and go with the machine; else the start says why not', async () => {
  await host.declare('tuned', other);
  const { status } = await host.declare('tuned', withTpm(limits(512)));
  const pid = status?.pid ?? 0;
  if (!mustLimit(['cpu', 'memory']) && pid === 0) {
    const said = JSON.stringify(status?.conditions);
    expect(said).toMatch(/spec\.(cputune|memtune)\.\w+: /);
    expect(said).toMatch(/session mode|controller (cpu|memory)/);
    return;
  }
  const read = (...path: string[]) => readFileSync(join(...path), 'utf8').trim();
  const isFirst = groupOf('memory', pid) !== undefined;
  const [cpu = '', memory = ''] = isFirst
    ? [groupOf('cpu', pid)?.replace(/\/emulator$/, ''), groupOf('memory', pid)]
    : [0, 1].map(() => groupOf('', pid)?.replace(/\/qemu(\/emulator)?$/, ''));
  const [share, most] = isFirst ? ['cpu.shares', 'memory.limit_in_bytes'] : ['cpu.weight', 'memory.max'];
  const threads = isFirst ? cpu : join(cpu, 'qemu');
  const quota = isFirst ? 'cpu.cfs_quota_us' : 'cpu.max';
  expect(read(memory, most)).toBe(String(512 << 20));
  expect(read(cpu, share)).toBe('512');
  expect(read(threads, 'vcpu1', quota)).toMatch(/^50000/);
  expect(read(threads, 'emulator', quota)).toMatch(/^40000/);
  const tids = (group: string) => read(threads, group, isFirst ? 'tasks' : 'cgroup.threads').split('\n');
  expect([tids('vcpu0').length, tids('vcpu1').length]).toEqual([1, 1]);
  expect(tids('emulator')).toContain(String(pid));

  const members = read(isFirst ? memory : threads, 'cgroup.procs').split('\n');
  expect(members.map((member) => read('/proc', member, 'comm'))).toContain('swtpm');

  expect((await host.declare('tuned', withTpm(limits(768)))).status?.pid).toBe(pid);
  expect(read(cpu, share)).toBe('768');
  writeFileSync(join(cpu, share), '300');
  await host.pause('tuned');
  expect(read(cpu, share)).toBe('768');
  expect((await host.declare('tuned', withTpm(everyLimit))).status?.pid).toBe(pid);
  const rates: Readonly<Record<string, readonly [group: string, quota: number, period: number]>> = {
    global: [cpu, 180_000, 90_000],
    vcpu: [join(threads, 'vcpu1'), 30_000, 60_000],
    emulator: [join(threads, 'emulator'), 40_000, 70_000],
    iothread: [join(threads, 'iothread1'), 20_000, 80_000],
  };
  for (const [about, [group, most, time]] of Object.entries(rates)) {
    const found = isFirst
      ? [read(group, quota), read(group, 'cpu.cfs_period_us')]
      : read(group, quota).split(' ');
    expect(found, about).toEqual([String(most), String(time)]);
  }
  expect(policies(pid)).toMatchObject({
    main: batch,
    'CPU 0/TCG': idle,
    'CPU 1/TCG': 0,
    'IO iothread1': batch,
  });
  expect((await host.declare('tuned', withTpm('memtune: {hardLimit: 640MiB}'))).status?.pid).toBe(pid);
  expect(new Set(Object.values(policies(pid)))).toEqual(new Set([0]));
  expect(read(memory, most)).toBe(String(640 << 20));
  expect(read(threads, 'vcpu1', quota)).toMatch(/^(-1|max)/);

  await host.declare('tuned', other);
  expect([existsSync(cpu), existsSync(memory)]).toEqual([false, false]);
});

/** One that this host has a node of. */
function blockDevice(): { readonly path: string; readonly number: string } | undefined {
  return readFileSync('/proc/partitions', 'utf8')
    .split('\n')
    .slice(2)
    .map((line) => line.trim().split(/\s+/))
    .map(([major, minor, , name]) => ({ path: `/dev/${name}`, number: `${major}:${minor}` }))
    .find(({ path }) => statSync(path, { throwIfNoEntry: false })?.isBlockDevice());
}

test('what goes to and from a block device is limited live, put back when somebody changes it, and lifted', async () => {
  const device = blockDevice();
  const limit = (rate: number) =>
    `blkiotune: {devices: [{path: ${device?.path ?? '/dev/null'}, readIopsSec: ${rate}}]}`;
  await host.declare('tuned', other);
  const { status } = await host.declare('tuned', spec(limit(500)));
  const pid = status?.pid ?? 0;
  if (!(device && mustLimit(['blkio'])) && pid === 0) {
    expect(JSON.stringify(status?.conditions)).toMatch(/spec\.blkiotune\.|session mode|block device/);
    return;
  }
  const first = groupOf('blkio', pid);
  const file = first
    ? join(first, 'blkio.throttle.read_iops_device')
    : join(groupOf('', pid)?.replace(/\/qemu(\/emulator)?$/, '') ?? '', 'io.max');
  const rate = () => {
    const line = readFileSync(file, 'utf8')
      .split('\n')
      .find((one) => one.startsWith(`${device?.number} `));
    return line && /(?:riops=| )(\d+)/.exec(line)?.[1];
  };
  expect(rate()).toBe('500');
  expect(await runs(limit(700))).toBe(pid);
  expect(rate()).toBe('700');
  writeFileSync(file, `${device?.number} ${first ? '300' : 'riops=300'}`);
  await host.pause('tuned');
  expect(rate()).toBe('700');
  expect(await runs('')).toBe(pid);
  expect(rate()).toBeUndefined();
});

test.each([
  [
    'a CPU',
    "cputune: {vcpuPins: [{vcpu: 0, cpuset: '9999'}]}",
    /vcpuPins\[0\]\.cpuset: this host has no CPU 9999/,
  ],
  [
    'a NUMA node',
    "numatune: {memory: {nodeset: '77'}}",
    /numatune\.memory\.nodeset: this host has no NUMA node 77/,
  ],
  [
    'a block device',
    'blkiotune: {devices: [{path: /dev/null, readIopsSec: 5}]}',
    /\/dev\/null must be a block device/,
  ],
])('nothing is started for a machine that asks for %s that is not here', async (_, tuning, why) => {
  await host.declare('tuned', other);
  const { status } = await host.declare('tuned', spec(tuning));
  expect(status?.pid).toBeUndefined();
  expect(JSON.stringify(status?.conditions)).toMatch(why);
});

test('nothing is started with a machine type of a later QEMU than this one', async () => {
  await host.declare('tuned', other);
  const said = execFileSync('qemu-system-x86_64', ['--version']).toString();
  const later = Number(/version (\d+)/.exec(said)?.[1]) + 1;
  const { status } = await host.declare('tuned', spec().replace('machine: pc', `machine: pc-q35-${later}.0`));
  expect(status?.pid).toBeUndefined();
  expect(JSON.stringify(status?.conditions)).toMatch(/spec\.os\.machine: QEMU .* has no machine type pc-q35/);
});
