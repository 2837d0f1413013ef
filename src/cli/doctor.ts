import { access, constants, readFile, statfs } from 'node:fs/promises';
import { offeredControllers } from '../host/cgroups.ts';
import { ensureDir, exists, openProblem } from '../host/files.ts';
import { findProgram } from '../host/find-program.ts';
import { run } from '../host/processes.ts';
import type { Command, Terminal } from './command.ts';
import { connectionOf } from './connection.ts';
import { paint } from './render-table.ts';

interface Finding {
  readonly check: string;
  readonly level: 'ok' | 'warning' | 'error';
  readonly message: string;
  readonly fix?: string;
}

export const doctor: Command = {
  name: 'doctor',
  usage: 'doctor [-o text|json]',
  about: 'look over this host: kvm, qemu, permissions, paths, limits; each finding with its fix',
  operands: 'none',
  flags: { output: { value: 'FORMAT', short: 'o', about: 'text, json', choices: ['text', 'json'] } },
  async run(args, terminal) {
    const { paths } = connectionOf(args);
    const findings = (
      await Promise.all([
        program('qemu-system-x86_64', 'qemu-system-x86', 'error'),
        program('qemu-img', 'qemu-utils', 'error'),
        program('flock', 'util-linux', 'error'),
        program('ip', 'iproute2', 'warning'),
        program('taskset', 'util-linux', 'warning'),
        program('swtpm', 'swtpm', 'warning'),
        kvm(),
        firmware(),
        controlGroups(),
        bridges(),
        directory('state directory', paths.stateDir),
        directory('run directory', paths.runDir),
        directory('log directory', paths.logDir),
        socketLength(paths.runDir),
        space(paths.stateDir),
        descriptors(),
        inotify(),
      ])
    ).flat();
    if (args.text('output') === 'json') terminal.out(JSON.stringify({ findings }, null, 2));
    else for (const finding of findings) terminal.out(line(finding, terminal));
    return findings.some(({ level }) => level === 'error') ? 1 : 0;
  },
};

function line({ check, level, message, fix }: Finding, { color }: Terminal): string {
  const mark =
    level === 'ok'
      ? paint('ok     ', 'green', color)
      : level === 'warning'
        ? paint('warning', 'yellow', color)
        : paint('error  ', 'red', color);
  return `${mark}  ${check.padEnd(20)} ${message}${fix && level !== 'ok' ? `\n${' '.repeat(30)}fix: ${fix}` : ''}`;
}

async function program(name: string, debian: string, level: 'warning' | 'error'): Promise<Finding> {
  const path = await findProgram(name);
  if (!path) return { check: name, level, message: 'not installed', fix: `apt-get install ${debian}` };
  if (!name.startsWith('qemu-system')) return { check: name, level: 'ok', message: path };
  const { stdout } = await run(path, ['--version'], { timeout: 10_000 });
  const version = stdout.match(/version (\d+)\.(\d+)\S*/);
  const old = version && (Number(version[1]) < 7 || (Number(version[1]) === 7 && Number(version[2]) < 2));
  return old
    ? { check: name, level: 'error', message: `${version[0]}: 7.2 is the least`, fix: 'install a newer QEMU' }
    : { check: name, level: 'ok', message: `${path}, ${version?.[0] ?? ''}` };
}

async function kvm(): Promise<Finding> {
  const problem = await openProblem('/dev/kvm');
  return problem === undefined
    ? { check: 'kvm', level: 'ok', message: '/dev/kvm can be used' }
    : {
        check: 'kvm',
        level: 'warning',
        message: problem,
        fix: 'modprobe kvm_intel or kvm_amd, join group kvm; without it write accel: tcg (slow)',
      };
}

async function firmware(): Promise<Finding> {
  return (await exists('/usr/share/qemu/firmware'))
    ? { check: 'firmware', level: 'ok', message: 'descriptors in /usr/share/qemu/firmware' }
    : { check: 'firmware', level: 'warning', message: 'no UEFI firmware found', fix: 'apt-get install ovmf' };
}

function controlGroups(): Finding {
  const check = 'cgroups';
  const found = offeredControllers();
  const missing = (['cpu', 'cpuset', 'memory', 'io'] as const).filter((name) => !found.has(name));
  const listed = [...found].map(([name, { version }]) => `${name} (version ${version})`).join(', ');
  if (process.getuid?.() !== 0)
    return {
      check,
      level: 'warning',
      message: 'not root: pins work, limits are refused',
      fix: 'run as root',
    };
  return missing.length === 0
    ? { check, level: 'ok', message: listed }
    : {
        check,
        level: 'warning',
        message: `no controller ${missing.join(', ')}; found: ${listed || 'none'}`,
        fix: 'see docs/host-tuning.md: limits by these are refused at the start',
      };
}

async function bridges(): Promise<Finding> {
  const root = process.getuid?.() === 0;
  return root
    ? { check: 'taps', level: 'ok', message: 'taps and bridges can be made' }
    : {
        check: 'taps',
        level: 'warning',
        message: 'not root: only `type: user` interfaces',
        fix: 'run as root for bridges',
      };
}

async function directory(check: string, path: string): Promise<Finding> {
  try {
    await ensureDir(path);
    await access(path, constants.W_OK | constants.X_OK);
    return { check, level: 'ok', message: path };
  } catch (error) {
    return {
      check,
      level: 'error',
      message: `${path}: ${(error as Error).message}`,
      fix: 'run as its owner, or choose --state-dir, --run-dir, --log-dir',
    };
  }
}

async function socketLength(runDir: string): Promise<Finding> {
  const bytes = Buffer.byteLength(`${runDir}/d/0123456789/qmp0.sock`) + 12;
  return bytes <= 100
    ? { check: 'socket paths', level: 'ok', message: `${bytes} of 100 bytes` }
    : {
        check: 'socket paths',
        level: 'error',
        message: `${bytes} bytes, 100 is the most`,
        fix: 'choose a shorter --run-dir',
      };
}

async function space(path: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(path).catch(() => ({ bavail: 0, bsize: 0 }));
  const mib = Math.floor((bavail * bsize) / 1024 / 1024);
  return mib > 100
    ? { check: 'disk space', level: 'ok', message: `${mib} MiB free for state` }
    : {
        check: 'disk space',
        level: 'error',
        message: `${mib} MiB free at ${path}`,
        fix: 'free some space: definitions cannot be kept',
      };
}

async function descriptors(): Promise<Finding> {
  const limits = await readFile('/proc/self/limits', 'utf8');
  const soft = Number(limits.match(/Max open files\s+(\d+)/)?.[1] ?? 0);
  return soft >= 1024
    ? { check: 'open files', level: 'ok', message: `limit ${soft}` }
    : { check: 'open files', level: 'warning', message: `limit ${soft}`, fix: 'ulimit -n 65536' };
}

async function inotify(): Promise<Finding> {
  const watches = Number(
    (await readFile('/proc/sys/fs/inotify/max_user_watches', 'utf8').catch(() => '0')).trim(),
  );
  return watches >= 8192
    ? { check: 'inotify', level: 'ok', message: `${watches} watches` }
    : {
        check: 'inotify',
        level: 'warning',
        message: `${watches} watches`,
        fix: 'sysctl fs.inotify.max_user_watches=65536; rescans work without',
      };
}
