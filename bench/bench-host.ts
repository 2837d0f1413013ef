import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const main = resolve('dist/main.js');

/** A Qonverge of its own for one measurement; talks to its daemon over the control socket. */
export class BenchHost {
  readonly root = mkdtempSync(join(tmpdir(), 'qb-'));
  readonly specs = join(this.root, 'specs');
  /** In memory, as /run is. */
  readonly run = mkdtempSync('/dev/shm/qb-');
  daemon: ChildProcess | undefined;
  readonly #uri: string;

  constructor(uri: string) {
    this.#uri = uri;
    mkdirSync(this.specs);
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.specs, name), text);
  }

  /** Starts `watch`; milliseconds until it answers. */
  async watch(args: readonly string[] = [], what: readonly string[] = [this.specs]): Promise<number> {
    const started = performance.now();
    this.daemon = spawn(process.execPath, [main, 'watch', ...what, ...args], {
      env: this.env,
      stdio: 'ignore',
    });
    await this.until(
      () =>
        this.ask('status', { name: 'no-such-kind' }).then(
          () => true,
          (error) => /there is no/.test(String(error)),
        ),
      120_000,
    );
    return performance.now() - started;
  }

  get env(): NodeJS.ProcessEnv {
    const dirs = {
      QONVERGE_STATE_DIR: join(this.root, 's'),
      QONVERGE_RUN_DIR: this.run,
      QONVERGE_LOG_DIR: join(this.root, 'l'),
    };
    return { PATH: process.env['PATH'], NO_COLOR: '1', QONVERGE_URI: this.#uri, ...dirs };
  }

  ask<T = unknown>(
    op: string,
    input: Record<string, unknown> = {},
    onMessage: (message: Record<string, unknown>) => void = () => undefined,
  ): Promise<T> {
    return new Promise((done, fail) => {
      const socket = this.#connect();
      let text = '';
      const answer = (settle: () => void) => {
        socket.destroy();
        settle();
      };
      socket.on('error', fail);
      socket.on('close', () => fail(new Error('closed')));
      socket.on('data', (chunk) => {
        text += chunk;
        const lines = text.split('\n');
        text = lines.pop() ?? '';
        for (const line of lines) {
          const message = JSON.parse(line) as Record<string, unknown>;
          if ('result' in message) answer(() => done(message['result'] as T));
          else if ('error' in message)
            answer(() => fail(new Error((message['error'] as { message: string }).message)));
          else onMessage(message);
        }
      });
      socket.write(`${JSON.stringify({ op, input })}\n`);
    });
  }

  /** CPU seconds that the daemon has used. */
  cpu(): number {
    const fields = readFileSync(`/proc/${this.daemon?.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  /** Resident MiB of the daemon. */
  rss(): number {
    return (
      Number(readFileSync(`/proc/${this.daemon?.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)?.[1] ?? 0) /
      1024
    );
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { daemon } = this;
    if (!daemon || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const gone = new Promise((done) => daemon.once('exit', done));
    daemon.kill(signal);
    await gone;
  }

  async until(check: () => boolean | Promise<boolean>, timeout: number, pause = 5): Promise<void> {
    const deadline = performance.now() + timeout;
    while (!(await check())) {
      if (performance.now() > deadline) throw new Error(`not within ${timeout} ms`);
      await sleep(pause);
    }
  }

  async dispose(): Promise<void> {
    await this.kill();
    for (const pid of this.qemus()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone already.
      }
    }
    await this.until(() => this.qemus().length === 0, 20_000, 50);
    for (const directory of [this.root, this.run]) rmSync(directory, { recursive: true, force: true });
  }

  qemus(): number[] {
    return readdirSync('/proc')
      .filter((name) => {
        if (!/^\d+$/.test(name)) return false;
        try {
          const argv = readFileSync(`/proc/${name}/cmdline`, 'utf8');
          return argv.includes('qemu-system') && argv.includes(this.root);
        } catch {
          return false;
        }
      })
      .map(Number);
  }

  #connect(): Socket {
    return connect(join(this.run, 'control.sock')).setEncoding('utf8');
  }
}
