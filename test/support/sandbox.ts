import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, connectControl } from '../../src/api/control.ts';

const main = resolve(import.meta.dirname, '../../dist/main.js');

export interface CliResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
}

export interface StatusItem {
  readonly kind: string;
  readonly name: string;
  readonly uuid?: string;
  readonly state: string;
  readonly runState?: string;
  readonly pid?: number;
  readonly generation: number;
  readonly conditions: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
    readonly observedGeneration: number;
  }[];
  readonly pending: readonly {
    readonly path: string;
    readonly current?: unknown;
    readonly desired?: unknown;
    readonly impact: string;
  }[];
}

/** A Qonverge of its own: directories, specs, daemon. The built program is used as a user would use it. */
export class Sandbox {
  readonly root = mkdtempSync(join(tmpdir(), 'qv-'));
  readonly specs = join(this.root, 'specs');
  readonly stateDir = join(this.root, 'state');
  readonly runDir = join(this.root, 'run');
  readonly logDir = join(this.root, 'log');
  readonly uri: string;
  #daemons: ChildProcess[] = [];

  constructor(uri = 'qemu:///system') {
    this.uri = uri;
    mkdirSync(this.specs);
  }

  get env(): NodeJS.ProcessEnv {
    return {
      PATH: process.env['PATH'],
      HOME: this.root,
      NO_COLOR: '1',
      QONVERGE_URI: this.uri,
      QONVERGE_STATE_DIR: this.stateDir,
      QONVERGE_RUN_DIR: this.runDir,
      QONVERGE_LOG_DIR: this.logDir,
    };
  }

  write(file: string, text: string): string {
    const path = join(this.specs, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  cli(args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd = process.cwd()): Promise<CliResult> {
    return new Promise((done) => {
      const child = spawn(process.execPath, [main, ...args], {
        env: { ...this.env, ...env },
        cwd,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (data) => {
        stdout += data;
      });
      child.stderr.on('data', (data) => {
        stderr += data;
      });
      child.on('close', (exitCode) => done({ stdout, stderr, exitCode }));
    });
  }

  /** Starts `qonverge watch` on the specs and waits until it answers. */
  async watch(
    options: { env?: NodeJS.ProcessEnv; args?: readonly string[]; wait?: boolean } = {},
  ): Promise<ChildProcess> {
    const child = spawn(
      process.execPath,
      [main, 'watch', this.specs, '--interval', '2s', ...(options.args ?? [])],
      {
        env: { ...this.env, ...options.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.#daemons.push(child);
    let output = '';
    child.stdout?.on('data', (data) => {
      output += data;
    });
    child.stderr?.on('data', (data) => {
      output += data;
    });
    if (options.wait === false) return child;
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`the daemon ended with ${child.exitCode}:\n${output}`);
      return answers(join(this.runDir, 'control.sock'));
    }, 'the daemon listens');
    return child;
  }

  /** Asked of the daemon itself where there is one: a process for each look would cost more than what is looked at. */
  async status(): Promise<StatusItem[]> {
    const socket = await connectControl(this.runDir);
    // One that is being killed breaks off: then as without a daemon.
    const answer = socket && (await ask(socket, 'status', {}, () => undefined).catch(() => undefined));
    if (answer) return (answer as { items: StatusItem[] }).items;
    const { stdout, stderr, exitCode } = await this.cli(['status', '-o', 'json']);
    if (exitCode !== 0) throw new Error(`status: exit ${exitCode}: ${stderr}`);
    return (JSON.parse(stdout) as { items: StatusItem[] }).items;
  }

  async item(name: string, kind = 'Domain'): Promise<StatusItem | undefined> {
    return (await this.status()).find((item) => item.name === name && item.kind === kind);
  }

  /** Waits until the named domain is in this state. */
  async untilState(name: string, state: string, timeout = 60_000): Promise<StatusItem> {
    let last: StatusItem | undefined;
    await until(
      async () => {
        last = await this.item(name);
        return last?.state === state;
      },
      () => `${name} is ${state} (now ${JSON.stringify(last)})`,
      timeout,
    );
    return last as StatusItem;
  }

  /** Every QEMU process whose command line names this sandbox: looked up in /proc, not asked of the program. */
  qemus(): { pid: number; uuid: string; name: string }[] {
    const found: { pid: number; uuid: string; name: string }[] = [];
    for (const entry of readdirSync('/proc')) {
      if (!/^\d+$/.test(entry)) continue;
      try {
        const argv = readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0');
        if (!argv[0]?.includes('qemu-system') || !argv.some((word) => word.includes(this.root))) continue;
        const name = argv[argv.indexOf('-name') + 1]?.match(/guest=([^,]+)/)?.[1] ?? '';
        found.push({ pid: Number(entry), uuid: argv[argv.indexOf('-uuid') + 1] ?? '', name });
      } catch {
        // It ended while we looked.
      }
    }
    return found;
  }

  qemu(name: string): { pid: number; uuid: string } | undefined {
    return this.qemus().find((process) => process.name === name);
  }

  /** Ends what this sandbox started, and only that, by pid. */
  async dispose(): Promise<void> {
    for (const daemon of this.#daemons) await stop(daemon, 'SIGKILL');
    for (const pid of [
      ...this.qemus().map((found) => found.pid),
      ...this.processes('swtpm', 'fake-qemu.mjs'),
    ]) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Already gone.
      }
    }
    const left = () => this.qemus().length + this.processes('fake-qemu.mjs').length;
    await until(() => left() === 0, 'every QEMU of the sandbox is gone');
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Helpers and stand-ins of this sandbox: processes with one of these words and our directory on their command line. */
  processes(...words: readonly string[]): number[] {
    return readdirSync('/proc')
      .filter((entry) => {
        if (!/^\d+$/.test(entry) || Number(entry) === process.pid) return false;
        try {
          const argv = readFileSync(`/proc/${entry}/cmdline`, 'utf8');
          return argv.includes(this.root) && words.some((word) => argv.includes(word));
        } catch {
          return false;
        }
      })
      .map(Number);
  }
}

export async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const closed = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    await closed;
  }
  return child.exitCode;
}

export async function until(
  check: () => boolean | Promise<boolean>,
  what: string | (() => string),
  timeout = 60_000,
): Promise<void> {
  const deadline = Date.now() + timeout;
  while (!(await check())) {
    if (Date.now() > deadline)
      throw new Error(`not within ${timeout} ms: ${typeof what === 'string' ? what : what()}`);
    await sleep(50);
  }
}

/** Somebody listens there; the socket of a daemon that was killed is still a file. */
function answers(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}
