import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { GitRepository, signedBy } from '../support/git-repository.ts';
import { bootSector, tinyGuest } from '../support/guest.ts';
import { Sandbox, stop, until } from '../support/sandbox.ts';

let host: Sandbox;
let repo: GitRepository;
let children: ChildProcess[];
beforeEach(() => {
  host = new Sandbox();
  repo = new GitRepository();
  children = [];
});
afterEach(async () => {
  for (const child of children) await stop(child, 'SIGKILL');
  await host.dispose();
  repo.dispose();
});

/** The boot sector is a file of the host: a tenant needs a grant for it. */
function grant(): string {
  const path = join(repo.base, 'policy.yaml');
  const images = dirname(bootSector);
  writeFileSync(
    path,
    `apiVersion: qonverge/v1\nkind: Policy\nsources:\n  - {source: "file://${repo.bare}#*", paths: {images: ["${images}"]}}\n`,
    { mode: 0o644 },
  );
  return path;
}

function daemon(...args: string[]): ChildProcess {
  const main = join(import.meta.dirname, '../../dist/main.js');
  const child = spawn(process.execPath, [main, 'watch', ...args], {
    env: host.env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  children.push(child);
  return child;
}

const isUp = (name: string) => until(() => host.qemu(name) !== undefined, `${name} runs`, 60_000);

test('a push that is signed becomes a running machine at once by webhook; an unsigned one changes nothing', async () => {
  const key = repo.sshKey('ann');
  const signers = join(repo.base, 'signers');
  writeFileSync(signers, `ann@example.org ${readFileSync(`${key}.pub`, 'utf8')}`);
  const secret = join(repo.base, 'secret');
  writeFileSync(secret, 'a-secret-of-some-length', { mode: 0o600 });
  const port = await freePort();
  repo.write('vms/one.yaml', tinyGuest('one'));
  repo.publish('first', { sign: signedBy(key) });
  daemon(
    ...['--git', repo.bare, '--path', 'vms', '--interval', '1h', '--policy', grant()],
    ...['--allowed-signers', signers, '--webhook', `127.0.0.1:${port}`, '--webhook-secret', secret],
  );
  await isUp('one');
  const { pid } = host.qemu('one') ?? { pid: 0 };

  const push = async (signature?: string) => {
    const body = JSON.stringify({ ref: 'refs/heads/main' });
    const hmac = createHmac('sha256', 'a-secret-of-some-length').update(body).digest('hex');
    const headers = { 'x-hub-signature-256': signature ?? `sha256=${hmac}` };
    return (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body, headers })).status;
  };
  repo.write('vms/two.yaml', tinyGuest('two'));
  repo.publish('second', { sign: signedBy(key) });
  expect(await push('sha256=00')).toBe(401);
  expect(await push()).toBe(202);
  await isUp('two');

  repo.git('rm', '-q', 'vms/one.yaml');
  repo.publish('unsigned');
  expect(await push()).toBe(202);
  await until(async () => (await host.cli(['sources'])).stdout.includes('Unverified'), 'it is said');
  await sleep(1_000);
  expect(host.qemu('one')?.pid).toBe(pid);
  const { items } = JSON.parse((await host.cli(['sources', '-o', 'json'])).stdout) as {
    items: { origin: string; commit: { subject: string; signer: string }; frozen: string }[];
  };
  expect(items[0]).toMatchObject({
    commit: { subject: 'second', signer: expect.stringContaining('ann@example.org') },
    frozen: expect.stringContaining('not signed by anybody who counts'),
  });
  const events = (await host.cli(['events', '-o', 'json'])).stdout.trim().split('\n');
  expect(
    events.map((line) => JSON.parse(line)).filter(({ reason }) => reason === 'Unverified'),
  ).toMatchObject([
    {
      type: 'Warning',
      source: items[0]?.origin,
      message: expect.stringContaining('is not signed by anybody'),
    },
  ]);
});

test('a first repository runs without a policy file on a volume of its own, and cannot name a file of the host', async () => {
  repo.write(
    'vms.yaml',
    `apiVersion: qonverge/v1
kind: Domain
metadata: {name: own}
spec: {accel: tcg, memory: 64MiB, devices: {disks: [{volume: own, bus: virtio}], interfaces: [{type: user}]}}
---
apiVersion: qonverge/v1
kind: Volume
metadata: {name: own}
spec: {capacity: 1MiB}
`,
  );
  repo.write('evil.yaml', tinyGuest('evil').replace(bootSector, '/etc/shadow'));
  repo.publish();
  daemon('--git', repo.bare, '--interval', '2s');
  await isUp('own');
  await until(
    async () =>
      (await host.item('evil'))?.conditions.some(({ reason }) => reason === 'PolicyViolation') === true,
    'the other is refused',
  );
  expect(host.qemu('evil')).toBeUndefined();
});

test('ssh with pinned host keys reaches the repository, and another host key does not', async () => {
  const hostKey = repo.sshKey('host');
  const key = repo.sshKey('client');
  const port = await freePort();
  const keys = join(repo.base, 'authorized');
  writeFileSync(keys, readFileSync(`${key}.pub`));
  const config = join(repo.base, 'sshd_config');
  writeFileSync(
    config,
    `HostKey ${hostKey}\nAuthorizedKeysFile ${keys}\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nPidFile none\nPermitRootLogin yes\n`,
  );
  execFileSync('mkdir', ['-p', '/run/sshd']);
  children.push(
    spawn('/usr/sbin/sshd', ['-D', '-e', '-f', config, '-p', String(port), '-o', 'ListenAddress=127.0.0.1'], {
      stdio: 'ignore',
    }),
  );
  const known = join(repo.base, 'known');
  writeFileSync(known, `[127.0.0.1]:${port} ${readFileSync(`${hostKey}.pub`, 'utf8')}`);
  const strangers = join(repo.base, 'strangers');
  writeFileSync(strangers, `[127.0.0.1]:${port} ${readFileSync(`${repo.sshKey('other')}.pub`, 'utf8')}`);
  repo.write(
    'v.yaml',
    `apiVersion: qonverge/v1\nkind: Volume\nmetadata: {name: v}\nspec: {capacity: 1MiB}\n`,
  );
  repo.publish();
  const me = execFileSync('id', ['-un'], { encoding: 'utf8' }).trim();
  const url = `ssh://${me}@127.0.0.1:${port}${repo.bare}`;
  const wrong = daemon('--git', url, '--interval', '1s', '--known-hosts', strangers, '--ssh-key', key);
  const sources = async () => (await host.cli(['sources'])).stdout;
  await until(async () => (await sources()).includes('ost key verification failed'), 'it is refused');
  expect(await sources()).toContain('AccessDenied');
  expect(await host.status()).toEqual([]);
  await stop(wrong);
  daemon('--git', url, '--interval', '1s', '--known-hosts', known, '--ssh-key', key);
  await until(async () => (await host.item('v', 'Volume'))?.state === 'available', 'it is read');
});

test('what kustomize and its like print is applied from standard input', async () => {
  const text = `${tinyGuest('piped')}---\napiVersion: qonverge/v1\nkind: Volume\nmetadata: {name: v}\nspec: {capacity: 1MiB}\n`;
  const main = join(import.meta.dirname, '../../dist/main.js');
  execFileSync(process.execPath, [main, 'apply', '-', '--timeout', '30s'], {
    env: host.env,
    input: text,
    stdio: 'pipe',
  });
  expect(host.qemu('piped')).toBeDefined();
});

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
