import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  bootId,
  findQemuByUuid,
  identify,
  isAlive,
  type ProcessIdentity,
  pidfileHolder,
  processState,
  proveDead,
} from '../../src/host/process-identity.ts';
import { signalProcess } from '../../src/host/processes.ts';
import { until } from '../support/sandbox.ts';

let root: string;
let children: ChildProcess[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'qv-identity-'));
});
afterEach(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  children = [];
  rmSync(root, { recursive: true, force: true });
});

const uuid = 'b6f0a1de-0000-4000-8000-00000000abcd';

/** A process that waits, under this name and with these words on its command line. */
async function waiting(name = 'qemu-system-x', words: readonly string[] = ['-uuid', uuid]): Promise<number> {
  const program = join(root, name);
  copyFileSync('/bin/sh', program);
  spawnSync('chmod', ['755', program]);
  const child = spawn(program, ['-c', 'read line', 'sh', ...words], { stdio: ['pipe', 'ignore', 'inherit'] });
  children.push(child);
  await until(async () => (await identify(child.pid ?? 0))?.exe === program, 'it runs');
  return child.pid ?? 0;
}

async function identityOf(pid: number): Promise<ProcessIdentity> {
  const identity = await identify(pid);
  if (!identity) throw new Error(`${pid} is not there`);
  return identity;
}

describe('a process is that process', () => {
  test('while pid, start time, binary and boot agree', async () => {
    const identity = await identityOf(await waiting());
    expect(await isAlive(identity)).toBe('alive');
    expect(await isAlive(identity, uuid)).toBe('alive');
  });

  test.each<[string, Partial<ProcessIdentity>]>([
    ['a pid that was given to a later process', { startTime: '1' }],
    ['a pid that was given to another program in the same tick', { exe: '/usr/bin/other' }],
    ['another boot of the host', { bootId: 'another' }],
    ['a pid that nobody has', { pid: 4_194_303 }],
  ])('and not with %s', async (_, change) => {
    const identity = await identityOf(await waiting());
    expect(await isAlive({ ...identity, ...change })).toBe('dead');
    expect(await signalProcess({ ...identity, ...change }, 'SIGKILL')).toBe(false);
    expect(await isAlive(identity)).toBe('alive');
  });

  test('and not when its command line lacks the uuid', async () => {
    const identity = await identityOf(await waiting());
    expect(await isAlive(identity, 'another-uuid')).toBe('dead');
  });

  test('also when its binary was replaced under it', async () => {
    const pid = await waiting();
    const identity = await identityOf(pid);
    rmSync(join(root, 'qemu-system-x'));
    expect(await isAlive(identity)).toBe('alive');
    expect((await identityOf(pid)).exe).toBe(identity.exe);
  });

  test('also when it is stopped, and no longer when it is a zombie', async () => {
    const pid = await waiting();
    const identity = await identityOf(pid);
    process.kill(pid, 'SIGSTOP');
    await until(async () => (await processState(pid)) === 'T', 'it is stopped');
    expect(await isAlive(identity)).toBe('alive');
    const parent = spawn('perl', ['-e', '$| = 1; $p = fork; exit 0 if !$p; print "$p\\n"; sleep 60'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(parent);
    const [said] = (await once(parent.stdout, 'data')) as [Buffer];
    const zombie = Number(said.toString().trim());
    await until(async () => (await processState(zombie)) === 'Z', 'it is a zombie');
    expect(() => process.kill(zombie, 0)).not.toThrow();
    expect(await identify(zombie)).toBeUndefined();
    expect(await isAlive({ ...identity, pid: zombie })).toBe('dead');
  });
});

describe('a scan of QEMUs', () => {
  test('is about what runs now: a process that became another QEMU has the command line of that one', async () => {
    const next = join(root, 'qemu-next');
    copyFileSync('/bin/sh', next);
    const program = join(root, 'qemu-first');
    copyFileSync('/bin/sh', program);
    const child = spawn(
      program,
      ['-c', `read line; exec ${next} -c 'read line' sh -uuid next`, 'sh', '-uuid', uuid],
      {
        stdio: ['pipe', 'ignore', 'inherit'],
      },
    );
    children.push(child);
    const found = async (wanted: string) => (await findQemuByUuid(wanted)).map(({ pid }) => pid);
    await until(async () => (await found(uuid)).length > 0, 'the first one is found');
    expect(await found(uuid)).toEqual([child.pid]);
    child.stdin?.write('\n');
    await until(async () => (await found('next')).length > 0, 'the next one is found');
    expect(await found('next')).toEqual([child.pid]);
    expect(await found(uuid)).toEqual([]);
  });
});

describe('proof of death', () => {
  test('is had when nothing matches', async () => {
    expect(await proveDead({ uuid: 'b6f0a1de-0000-4000-8000-ffffffffffff' })).toBe('dead');
  });

  test('is not had while the process lives', async () => {
    const identity = await identityOf(await waiting());
    expect(await proveDead({ uuid, identity })).toEqual({ alive: identity });
  });

  test('is not had while any QEMU carries the uuid, whoever started it', async () => {
    const pid = await waiting();
    expect((await findQemuByUuid(uuid)).map((found) => found.pid)).toEqual([pid]);
    const gone = { ...(await identityOf(pid)), pid: 4_194_303 };
    expect(await proveDead({ uuid, identity: gone })).toMatchObject({ alive: { pid } });
  });

  test('is not had while somebody holds the lock of the pidfile', async () => {
    const pidfile = join(root, 'qemu.pid');
    writeFileSync(pidfile, '');
    expect(await pidfileHolder(pidfile)).toBeUndefined();
    // As QEMU does it: a write lock over the whole file (struct flock of x86-64).
    const script = `use Fcntl; $| = 1; open F, '+<', $ARGV[0]; $lock = pack('ssx4qqi', F_WRLCK, 0, 0, 0, 0); fcntl(F, F_SETLK, $lock) or die $!; print 'held'; sleep 60`;
    const locker = spawn('perl', ['-e', script, pidfile], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(locker);
    await once(locker.stdout, 'data');
    expect(await pidfileHolder(pidfile)).toBe(locker.pid);
    expect(await proveDead({ uuid, pidfile })).toMatchObject({ alive: { pid: locker.pid } });
    expect(await pidfileHolder(join(root, 'nowhere'))).toBeUndefined();
  });

  test('is had by another boot alone', async () => {
    const identity = await identityOf(await waiting());
    expect(await proveDead({ uuid, identity, bootId: 'another' })).toBe('dead');
    expect(await bootId()).toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  });
});
