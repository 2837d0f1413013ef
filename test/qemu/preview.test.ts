import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bootSector } from '../support/guest.ts';
import { Sandbox, until } from '../support/sandbox.ts';

let host: Sandbox;
beforeEach(() => {
  host = new Sandbox();
  copyFileSync(bootSector, `${host.root}/boot.raw`);
});
afterEach(() => host.dispose());

const mac = '52:54:00:11:22:33';

function specs(capacity: string, boot = `${host.root}/boot.raw`): string {
  return `apiVersion: qonverge/v1
kind: Domain
metadata: {name: web, annotations: {qonverge/protect: "true"}}
spec:
  runStrategy: Manual
  uuid: 11111111-2222-4333-8444-555555555555
  accel: tcg
  memory: 64MiB
  os: {machine: pc}
  devices:
    disks:
      - {name: boot, file: ${boot}, format: raw, bus: ide, bootOrder: 1}
      - {name: data, volume: data, bus: virtio}
    interfaces:
      - {name: lan, bridge: br-none, model: virtio, mac: "${mac}"}
    serials:
      - {type: file, path: ${host.root}/web.serial}
---
apiVersion: qonverge/v1
kind: Volume
metadata: {name: data}
spec: {capacity: ${capacity}}
`;
}

const hash = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
const preview = (...args: string[]) =>
  host.cli(['apply', host.specs, '--ephemeral', '--settle', '0s', ...args]);

test('a preview boots beside the original, never touches it, and goes with what was its own', async () => {
  host.write('web.yaml', specs('1MiB'));
  expect((await host.cli(['apply', host.specs, '--settle', '0s'])).exitCode).toBe(0);
  const volume = `${host.env['QONVERGE_STATE_DIR']}/volumes/data.raw`;
  const before = [hash(volume), hash(`${host.root}/boot.raw`), JSON.stringify(await host.item('web'))];
  host.write('web.yaml', specs('8MiB'));
  const { stdout, stderr, exitCode: code } = await preview('--name-suffix', 'pr-1', '-o', 'json');
  expect(code, stderr + stdout).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    ready: true,
    tornDown: false,
    items: [
      { key: 'Domain/web-pr-1', state: 'running' },
      { key: 'Volume/data-pr-1', state: 'available' },
    ],
  });
  expect(host.qemu('web')).toBeUndefined();
  const running = host.qemu('web-pr-1');
  expect(running?.uuid).not.toBe('11111111-2222-4333-8444-555555555555');
  const words = readFileSync(`/proc/${running?.pid}/cmdline`, 'utf8');
  expect(words).toContain('data-pr-1.qcow2');
  for (const theirs of [mac, 'br-none', 'web.serial']) expect(words).not.toContain(theirs);
  const { stdout: gone, exitCode: ended } = await host.cli(['teardown', '--ephemeral', 'pr-1']);
  expect([gone.trim().split('\n').sort(), ended]).toEqual([
    ['removed Domain/web-pr-1', 'removed Volume/data-pr-1'],
    0,
  ]);
  expect(host.qemu('web-pr-1')).toBeUndefined();
  expect(readdirSync(`${host.env['QONVERGE_STATE_DIR']}/volumes`)).toEqual(['data.raw']);
  expect(existsSync(`${host.root}/web.serial`)).toBe(false);
  expect([hash(volume), hash(`${host.root}/boot.raw`), JSON.stringify(await host.item('web'))]).toEqual(
    before,
  );
  expect((await host.cli(['teardown', 'pr-1'])).stderr).toContain('there is no preview pr-1');
});

test('what has had its time is taken away by the next one who works here; what fails goes at once', async () => {
  host.write('web.yaml', specs('1MiB'));
  expect((await preview('--name-suffix', 'old', '--ttl', '1s', '--network', 'none')).exitCode).toBe(0);
  expect(host.qemu('web-old')).toBeDefined();
  host.write('web.yaml', specs('1MiB', `${host.root}/missing.raw`));
  await new Promise((done) => setTimeout(done, 1_000));
  const { stdout, exitCode: code } = await preview('--name-suffix', 'bad', '-o', 'markdown');
  expect(code).toBe(1);
  expect(stdout).toContain('| `Domain/web-bad` | **not ready** |');
  expect(stdout).toContain('it was taken away');
  expect(await host.status()).toEqual([]);
  expect(host.qemus()).toEqual([]);
});

test('a daemon ends what has had its time, and nothing before', async () => {
  host.write('web.yaml', specs('1MiB'));
  const without = ['--network', 'none'];
  for (const [suffix, ttl] of [
    ['new', '1h'],
    ['old', '1s'],
  ] as const) {
    expect((await preview('--name-suffix', suffix, '--ttl', ttl, ...without)).exitCode).toBe(0);
    expect(host.qemu(`web-${suffix}`)).toBeDefined();
  }
  await host.watch({ args: ['--interval', '1s'] });
  await until(
    async () => !(await host.status()).some(({ name }) => name.endsWith('-old')),
    'the one that is over is gone',
  );
  expect(host.qemu('web-old')).toBeUndefined();
  expect(host.qemu('web-new')).toBeDefined();
  const left = (await host.status()).map(({ name }) => name).sort();
  expect(left).toEqual(['data', 'data-new', 'web', 'web-new']);
  expect((await host.cli(['events'])).stdout).toContain('preview old ends');
});
