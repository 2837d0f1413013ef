import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchHost } from './bench-host.ts';
import { hasRun, machine, tinyRom } from './machine.ts';
import { againstPeer, atMost, beside, median } from './report.ts';
import { isComplete, spec } from './thousands.ts';

const most = Number(process.env['BENCH_SPECS'] ?? 10_000);
const rounds = 5;
const secret = 'a secret of the benchmark';
const env = {
  PATH: process.env['PATH'],
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'bench',
  GIT_AUTHOR_EMAIL: 'bench@localhost',
  GIT_COMMITTER_NAME: 'bench',
  GIT_COMMITTER_EMAIL: 'bench@localhost',
};

/** A bare repository and a clone to work in. */
class Repository {
  readonly base = mkdtempSync(join(tmpdir(), 'qg-'));
  readonly bare = join(this.base, 'origin.git');
  readonly work = join(this.base, 'work');

  constructor() {
    this.git('init', '-q', '--bare', '-b', 'main', this.bare);
    this.git('init', '-q', '-b', 'main', this.work);
  }

  git(...args: string[]): void {
    execFileSync('git', args, { env, cwd: this.base, stdio: 'pipe', maxBuffer: 64 * 1024 * 1024 });
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.work, file), text);
  }

  publish(): void {
    this.git('-C', this.work, 'add', '-A');
    this.git('-C', this.work, 'commit', '-qm', 'change');
    this.git('-C', this.work, 'push', '-q', this.bare, 'HEAD:main');
  }

  dispose(): void {
    rmSync(this.base, { recursive: true, force: true });
  }
}

/** From push to a guest that runs, and a repository of very many specs, beside plain git. */
export async function git(): Promise<void> {
  const applied = median(await timesOfApply());
  const plain: number[] = [];
  const hooked = median(await timesOfPush('1h', true, plain));
  beside(
    'push until the guest runs, by webhook, more than `apply` of the file',
    hooked - applied,
    applied,
    'ms',
    1_000,
  );
  beside('the same, against a plain `git fetch` of the push', hooked, median(plain), 'ms', applied + 1_000);
  const polled = median(await timesOfPush('1s', false, []));
  atMost('push until the guest runs, polled each second, more than `apply`', polled - applied, 'ms', 2_000);
  await manySpecs();
}

async function timesOfApply(): Promise<number[]> {
  const host = new BenchHost('qemu:///system');
  try {
    const rom = tinyRom(host.root);
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const serial = join(host.root, `serial-${round}`);
      host.write(`m${round}.yaml`, machine(`m${round}`, rom, serial));
      const begun = performance.now();
      const file = join(host.specs, `m${round}.yaml`);
      execFileSync(process.execPath, [resolve('dist/main.js'), 'apply', file, '--settle', '0s'], {
        env: host.env,
        stdio: 'pipe',
      });
      await hasRun(serial);
      times.push(performance.now() - begun);
    }
    return times;
  } finally {
    await host.dispose();
  }
}

async function timesOfPush(interval: string, byHook: boolean, plain: number[]): Promise<number[]> {
  const host = new BenchHost('qemu:///system');
  const repo = new Repository();
  try {
    const rom = tinyRom(host.root);
    const port = await freePort();
    const file = join(host.root, 'secret');
    writeFileSync(file, secret, { mode: 0o600 });
    const policy = operatorPolicy(host);
    const hook = byHook ? ['--webhook', `127.0.0.1:${port}`, '--webhook-secret', file] : [];
    repo.write('README.md', 'specs');
    repo.write('first.yaml', machine('first', rom, join(host.root, 'serial-first')));
    repo.publish();
    repo.git('clone', '-q', '--bare', repo.bare, 'plain.git');
    await host.watch(['--interval', interval, '--policy', policy, ...hook], ['--git', repo.bare]);
    await hasRun(join(host.root, 'serial-first'));
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const serial = join(host.root, `serial-${round}`);
      repo.write(`m${round}.yaml`, machine(`m${round}`, rom, serial));
      const begun = performance.now();
      repo.publish();
      if (byHook) await post(port);
      await hasRun(serial);
      times.push(performance.now() - begun);
      const fetching = performance.now();
      repo.git('--git-dir', 'plain.git', 'fetch', '-q', repo.bare, '+refs/heads/main:refs/heads/main');
      plain.push(performance.now() - fetching);
    }
    return times;
  } finally {
    await host.dispose();
    repo.dispose();
  }
}

/** Specs of these suites name paths of the host: an operator's grant. */
function operatorPolicy({ root }: BenchHost): string {
  const path = join(root, 'policy.yaml');
  const text = 'apiVersion: qonverge/v1\nkind: Policy\nsources:\n  - source: "*"\n    base: operator\n';
  writeFileSync(path, text, { mode: 0o644 });
  return path;
}

async function post(port: number): Promise<void> {
  const body = JSON.stringify({ ref: 'refs/heads/main' });
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  const headers = { 'x-hub-signature-256': `sha256=${signature}` };
  const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body, headers });
  if (response.status !== 202) throw new Error(`webhook: ${response.status}`);
}

async function manySpecs(): Promise<void> {
  const changes: number[] = [];
  for (const count of [10, most]) {
    const port = await freePort();
    const repo = new Repository();
    const host = new BenchHost('test:///default');
    const peer = new BenchHost('test:///default');
    const file = join(host.root, 'secret');
    writeFileSync(file, secret, { mode: 0o600 });
    const hook = ['--webhook', `127.0.0.1:${port}`, '--webhook-secret', file];
    const watched = ['--interval', '1h', '--policy', operatorPolicy(host), ...hook];
    try {
      mkdirSync(join(repo.base, 'clones'));
      for (let at = 0; at < count; at++) repo.write(...spec(at));
      repo.publish();
      if (count === most) {
        const cloning = performance.now();
        repo.git('clone', '-q', repo.bare, 'clones/one');
        await peer.watch(['--interval', '1h', '--settle', '0s'], [join(repo.base, 'clones/one')]);
        await peer.until(() => isComplete(peer, count), 300_000, 100);
        const theirs = performance.now() - cloning;
        await peer.kill();
        const begun = performance.now();
        await host.watch(watched, ['--git', repo.bare]);
        await host.until(() => isComplete(host, count), 300_000, 100);
        const ours = performance.now() - begun;
        againstPeer(`${count} specs from git, against git clone and a cold load`, ours, theirs, 'ms', 2);
      } else {
        await host.watch(watched, ['--git', repo.bare]);
        await host.until(() => isComplete(host, count), 60_000, 50);
      }
      changes.push(await oneChange(host, repo, port));
    } finally {
      await peer.dispose();
      await host.dispose();
      repo.dispose();
    }
  }
  againstPeer(
    `CPU of a push of one file among ${most}, against among 10`,
    changes[1] ?? 0,
    changes[0] ?? 1,
    'ms',
    1.5,
  );
}

/** Milliseconds of CPU that the daemon takes for one changed file, told of it by webhook: SIGHUP means to look at everything. */
async function oneChange(host: BenchHost, repo: Repository, port: number): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await sleep(500);
    const cpu = host.cpu();
    repo.write(
      'm0.yaml',
      `apiVersion: qonverge/v1\nkind: Domain\nmetadata: {name: m0, labels: {n: "changed-${round}"}}\nspec: {runStrategy: Halted, memory: 512MiB}\n`,
    );
    repo.publish();
    await post(port);
    await host.until(
      async () => {
        const { items } = await host.ask<{ items: { generation: number }[] }>('status', { name: 'm0' });
        return (items[0]?.generation ?? 0) >= 2 + round;
        // To ask is work of the daemon as well.
      },
      30_000,
      50,
    );
    await sleep(300);
    times.push((host.cpu() - cpu) * 1_000);
  }
  return median(times);
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
