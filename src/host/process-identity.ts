import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { grouped } from './grouped.ts';

// What the kernel says of a process is memory: a synchronous read costs microseconds, a trip through the thread pool ten
// times that. Only a command line may wait, for a process that hangs: it is read asynchronously.

/** What makes a process that process: a pid alone is reused. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot: field 22 of /proc/PID/stat (proc(5)). */
  readonly startTime: string;
  readonly bootId: string;
  /** Target of /proc/PID/exe; a replaced binary's " (deleted)" is stripped. */
  readonly exe: string;
}

export type Liveness = 'alive' | 'dead' | 'unknown';

export interface QemuProcess {
  readonly pid: number;
  readonly uuid: string;
  readonly argv: readonly string[];
}

let boot: string | undefined;

/** Changes with each boot of the host. */
export async function bootId(): Promise<string> {
  boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return boot;
}

export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const facts = readStat(pid);
  if (!facts || facts.state === 'Z' || facts.state === 'X') return undefined;
  try {
    const exe = exeOf(pid);
    return { pid, startTime: facts.startTime, bootId: await bootId(), exe };
  } catch {
    return undefined;
  }
}

/** State of the kernel's process table: `D` and `T` are alive, a zombie is dead. */
export function processState(pid: number): string | undefined {
  return readStat(pid)?.state;
}

/** With `uuid`, the process must also carry it on its command line. */
export async function isAlive(identity: ProcessIdentity, uuid?: string): Promise<Liveness> {
  if (identity.bootId !== (await bootId())) return 'dead';
  let facts: { state: string; startTime: string } | undefined;
  try {
    facts = readStat(identity.pid);
  } catch {
    return 'unknown';
  }
  if (!facts || facts.state === 'Z' || facts.state === 'X') return 'dead';
  if (facts.startTime !== identity.startTime) return 'dead';
  try {
    if (exeOf(identity.pid) !== identity.exe) return 'dead';
    if (uuid !== undefined && !(await argvOf(identity.pid)).includes(uuid)) return 'dead';
    return 'alive';
  } catch (error) {
    // Between two reads it may have ended; anything else we cannot tell.
    return ['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '') ? 'dead' : 'unknown';
  }
}

/** Those whose command line was read: it says the same for as long as the process goes by the same name. */
let described: ReadonlyMap<string, QemuProcess> = new Map();

/** Every QEMU system emulator on this host, in one scan of /proc that begins after the question. */
export const findAllQemu: () => Promise<readonly QemuProcess[]> = grouped(async () => {
  const marks = readdirSync('/proc').flatMap((name) => {
    const mark = /^\d+$/.test(name) ? qemuMark(Number(name)) : undefined;
    return mark === undefined ? [] : [[Number(name), mark] as const];
  });
  const known = described;
  const found = await Promise.all(
    marks.map(async ([pid, mark]) => [mark, known.get(mark) ?? (await describeQemu(pid))] as const),
  );
  const present = found.flatMap(([mark, qemu]) => (qemu ? [[mark, qemu] as const] : []));
  // Within an exec there is a name and no command line yet.
  described = new Map(present.filter(([, { uuid }]) => uuid !== ''));
  return present.map(([, qemu]) => qemu).sort((a, b) => a.pid - b.pid);
});

/** Tells a QEMU from every other process that was ever there; an exec changes the name. undefined: it is none. */
function qemuMark(pid: number): string | undefined {
  try {
    const facts = readStat(pid);
    if (!facts || facts.isKernel || facts.state === 'Z' || facts.state === 'X') return undefined;
    const { name, startTime } = facts;
    const isQemu = name.startsWith('qemu') || basename(exeOf(pid)).startsWith('qemu');
    return isQemu ? `${pid} ${startTime} ${name}` : undefined;
  } catch {
    // Ended while we looked.
    return undefined;
  }
}

async function describeQemu(pid: number): Promise<QemuProcess | undefined> {
  try {
    const argv = await argvOf(pid);
    const at = argv.indexOf('-uuid');
    return { pid, uuid: at < 0 ? '' : (argv[at + 1] ?? ''), argv };
  } catch {
    return undefined;
  }
}

export async function findQemuByUuid(uuid: string): Promise<QemuProcess[]> {
  return (await findAllQemu()).filter((qemu) => qemu.uuid === uuid);
}

/** The pid that holds QEMU's lock on its pidfile, by /proc/locks; undefined when nobody does. */
export async function pidfileHolder(path: string): Promise<number | undefined> {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (!facts) return undefined;
  for (const line of readFileSync('/proc/locks', 'utf8').split('\n')) {
    // 1: POSIX  ADVISORY  WRITE 1234 fe:00:5678 0 EOF
    const match = line.match(/(?:POSIX|OFDLCK|FLOCK)\s+\S+\s+\S+\s+(-?\d+)\s+[0-9a-f]+:[0-9a-f]+:(\d+)\s/);
    if (match && match[2] === String(facts.ino)) return Number(match[1]);
  }
  return undefined;
}

export type DeathProof = 'dead' | { readonly alive: ProcessIdentity } | { readonly unknown: string };

/**
 * The only gate to starting or cleaning up: another boot, or no lock on the pidfile and no process that matches the
 * identity and none with the uuid. Whatever cannot be told is `unknown`.
 */
export async function proveDead(claim: {
  readonly bootId?: string | undefined;
  readonly identity?: ProcessIdentity | undefined;
  readonly pidfile?: string | undefined;
  readonly uuid: string;
}): Promise<DeathProof> {
  try {
    if (claim.bootId !== undefined && claim.bootId !== (await bootId())) return 'dead';
    if (claim.identity) {
      const liveness = await isAlive(claim.identity);
      if (liveness === 'alive') return { alive: claim.identity };
      if (liveness === 'unknown')
        return { unknown: `cannot tell whether process ${claim.identity.pid} is alive` };
    }
    const holder = claim.pidfile === undefined ? undefined : await pidfileHolder(claim.pidfile);
    if (holder !== undefined) {
      const identity = await identify(holder);
      if (!identity) return { unknown: `process ${holder} holds ${claim.pidfile} and cannot be identified` };
      return { alive: identity };
    }
    for (const qemu of await findQemuByUuid(claim.uuid)) {
      const identity = await identify(qemu.pid);
      if (identity) return { alive: identity };
    }
    return 'dead';
  } catch (error) {
    return { unknown: `cannot read the process table: ${(error as Error).message}` };
  }
}

export async function argvOf(pid: number): Promise<string[]> {
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, -1);
}

function exeOf(pid: number): string {
  return readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '');
}

interface StatFacts {
  /** Of the program that runs, unless it gave itself another one. */
  readonly name: string;
  readonly state: string;
  readonly startTime: string;
  readonly isKernel: boolean;
}

/** PF_KTHREAD of the kernel's task flags. */
const kernelThread = 0x0020_0000;

function readStat(pid: number): StatFacts | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may itself contain spaces and parentheses.
    const end = text.lastIndexOf(')');
    const fields = text.slice(end + 2).split(' ');
    return {
      name: text.slice(text.indexOf('(') + 1, end),
      state: fields[0] ?? '',
      startTime: fields[19] ?? '',
      isKernel: (Number(fields[6]) & kernelThread) !== 0,
    };
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
