import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bootSector, tinyGuest } from '../support/guest.ts';
import { Sandbox, until } from '../support/sandbox.ts';

let host: Sandbox;
beforeEach(() => {
  host = new Sandbox();
});
afterEach(() => host.dispose());

function policy(grants: string): string {
  const path = join(host.root, 'policy.yaml');
  writeFileSync(
    path,
    `apiVersion: qonverge/v1\nkind: Policy\nsources:\n  - source: "*"\n    base: tenant\n${grants}`,
    {
      mode: 0o644,
    },
  );
  return path;
}

const images = `    paths: {images: ["${dirname(bootSector)}"]}\n`;
const condition = async (name: string, type: string) =>
  (await host.item(name))?.conditions.find((found) => found.type === type);

test('a policy that becomes stricter stops nothing that runs, and blocks the next start', async () => {
  const file = policy(images);
  host.write('t.yaml', tinyGuest('t'));
  const daemon = await host.watch({ args: ['--policy', file] });
  await host.untilState('t', 'running');
  const { pid } = host.qemu('t') ?? { pid: 0 };
  policy('    bridges: []\n');
  daemon.kill('SIGHUP');
  await until(async () => (await condition('t', 'Degraded'))?.reason === 'PolicyViolation', 'it is marked');
  await sleep(3_000);
  expect(host.qemu('t')?.pid).toBe(pid);
  process.kill(pid, 'SIGKILL');
  await until(
    async () => (await condition('t', 'Ready'))?.reason === 'PolicyViolation',
    'the next start is blocked',
  );
  expect((await condition('t', 'Ready'))?.message).toMatch(/is not in paths.images .*policy.yaml:4/);
  await sleep(3_000);
  expect(host.qemu('t')).toBeUndefined();
  policy(images);
  daemon.kill('SIGHUP');
  await host.untilState('t', 'running');
});

test('what the policy refuses is in no plan and is not applied, and both name the line of the spec', async () => {
  const file = policy('    bridges: []\n');
  const spec = host.write('t.yaml', tinyGuest('t'));
  const plan = await host.cli(['plan', spec, '--policy', file, '-o', 'json', '--settle', '0s']);
  expect(plan.exitCode).toBe(1);
  expect(plan.stderr).toContain(`${spec}:`);
  expect(plan.stderr).toContain('policy-violation');
  expect(JSON.parse(plan.stdout)).toMatchObject({
    steps: [],
    held: [{ reason: 'PolicyViolation', name: 't' }],
  });
  expect((await host.cli(['apply', spec, '--policy', file, '--settle', '0s'])).exitCode).toBe(1);
  expect(host.qemus()).toEqual([]);
  expect((await host.cli(['validate', spec, '--policy', file])).exitCode).toBe(1);
  expect((await host.cli(['policy', 'test', spec, '--policy', file])).stdout).toContain('refused  Domain/t');
  // Looking at what a spec means asks nobody.
  expect((await host.cli(['render', spec, '-o', 'argv', '--policy', file])).exitCode).toBe(0);
});

test('an emulator that the policy refuses is not even asked what it can do', async () => {
  const [ran, emulator] = [join(host.root, 'ran'), join(host.root, 'emulator')];
  writeFileSync(emulator, `#!/bin/sh\ntouch ${ran}\n`, { mode: 0o755 });
  const file = policy('    bridges: []\n');
  host.write(
    't.yaml',
    `apiVersion: qonverge/v1\nkind: Domain\nmetadata: {name: t}\nspec: {memory: 64MiB, accel: tcg, emulator: ${emulator}}\n`,
  );
  const options = ['--policy', file, '--settle', '0s'];
  const plan = await host.cli(['plan', host.specs, ...options]);
  expect(plan.stderr).toContain(`emulator ${emulator} is not in emulators`);
  expect((await host.cli(['apply', host.specs, ...options, '--timeout', '5s'])).exitCode).toBe(1);
  await host.watch({ args: ['--policy', file] });
  await until(async () => (await condition('t', 'Ready'))?.reason === 'PolicyViolation', 'it is refused');
  expect(existsSync(ran)).toBe(false);
});

test('who starts a machine by hand, without a daemon, is held to the quota as well', async () => {
  const file = policy(images);
  host.write('s.yaml', tinyGuest('s'));
  host.write('t.yaml', tinyGuest('t'));
  const options = ['--policy', file, '--timeout', '30s'];
  expect((await host.cli(['apply', host.specs, ...options, '--settle', '0s'])).exitCode).toBe(0);
  policy(`${images}    quota: {domains: 1}\n`);
  const { pid } = host.qemu('t') ?? { pid: 0 };
  process.kill(pid, 'SIGKILL');
  await until(() => host.qemu('t') === undefined, 'it is gone');
  const { exitCode, stderr } = await host.cli(['start', 't', '--policy', file]);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/1 more domains is above 1, of which 1 are taken .*policy.yaml:/);
  expect(host.qemu('s')).toBeDefined();
  expect(host.qemu('t')).toBeUndefined();
});

test('a path that was granted and is a link by now is not opened', async () => {
  const link = join(host.root, 'images');
  execFileSync('mkdir', [link]);
  symlinkSync(bootSector, join(link, 'disk.raw'));
  const file = policy(`    paths: {images: ["${link}"]}\n`);
  host.write('t.yaml', tinyGuest('t').replace(bootSector, join(link, 'disk.raw')));
  const { stderr, exitCode } = await host.cli(['apply', host.specs, '--policy', file, '--timeout', '5s']);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('error[policy-violation]');
  expect(stderr).toContain('disk.raw is a link');
  expect(host.qemus()).toEqual([]);
});

test('a directory that others may write is a tenant without any policy file, for as long as they may', async () => {
  rmSync(host.specs, { recursive: true });
  await host.watch();
  mkdirSync(host.specs, { mode: 0o777 });
  chmodSync(host.specs, 0o777);
  host.write('t.yaml', tinyGuest('t'));
  await until(async () => (await condition('t', 'Ready'))?.reason === 'PolicyViolation', 'it is refused');
  expect(host.qemus()).toEqual([]);
  chmodSync(host.specs, 0o755);
  await host.untilState('t', 'running');
});

test('a daemon does not start on a policy with a mistake, and says its line', async () => {
  const file = policy('    brigdes: [br0]\n');
  const { exitCode, stderr } = await host.cli(['watch', host.specs, '--policy', file]);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/policy.yaml:6:5: unknown field "brigdes"/);
  expect(stderr).toContain('did you mean bridges?');
});
