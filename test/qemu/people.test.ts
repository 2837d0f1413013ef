import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { linuxGuest, tinyGuest } from '../support/guest.ts';
import { Sandbox, until } from '../support/sandbox.ts';

let host: Sandbox;
beforeEach(() => {
  host = new Sandbox();
});
afterEach(() => host.dispose());

const main = resolve(import.meta.dirname, '../../dist/main.js');

test('console talks to a guest on a pty, and ^] leaves it at once, also while the guest is silent', async () => {
  const spec = linuxGuest('linux', host.root).replace(/- \{type: file, path: \S+\}/, '- {type: pty}');
  host.write('linux.yaml', spec);
  expect((await host.cli(['apply', host.specs])).exitCode).toBe(0);
  const child = spawn(process.execPath, [main, 'console', 'linux'], { env: host.env, stdio: 'pipe' });
  let said = '';
  child.stdout.on('data', (data) => {
    said += data;
  });
  const exited = new Promise((done) => child.once('exit', done));
  try {
    await until(
      () => {
        if (said.includes('PONG hello')) return true;
        child.stdin.write('ping hello\n');
        return false;
      },
      () => `the guest answers (it said ${JSON.stringify(said)})`,
      90_000,
    );
    await new Promise((done) => setTimeout(done, 500));
    const left = Date.now();
    child.stdin.write('\u001d');
    expect(await exited).toBe(0);
    expect(Date.now() - left).toBeLessThan(10_000);
  } finally {
    child.kill('SIGKILL');
  }
});

test('logs show what QEMU and the serial port said, without what would steer a terminal', async () => {
  host.write('a.yaml', `${tinyGuest('a')}    serials: [{type: file, path: ${host.root}/a.serial}]\n`);
  expect((await host.cli(['apply', host.specs])).exitCode).toBe(0);
  await until(
    async () => (await host.cli(['logs', 'a'])).stdout.includes('GUEST READY'),
    'the marker is logged',
  );
  const { stdout } = await host.cli(['logs', 'a']);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
  expect(stdout).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
});

test('an optional medium that is missing leaves an empty drive, an optional disk is left out, others must be there', async () => {
  const optional = (name: string, more: string) =>
    `      - {name: ${name}, file: /nowhere/${name}, format: raw, ${more}}\n`;
  host.write(
    'a.yaml',
    `${tinyGuest('a')}${optional('cd', 'device: cdrom, bus: ide, startupPolicy: optional')}${optional('extra', 'bus: virtio, startupPolicy: optional')}`,
  );
  const { exitCode, stderr } = await host.cli(['apply', host.specs]);
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining('disk extra: /nowhere/extra is not there')]);
  expect((await host.item('a'))?.state).toBe('running');
  expect((await host.cli(['apply', host.specs])).stdout).toContain('1 of 1 converged');
  const required = optional('cd', 'device: cdrom, bus: ide, startupPolicy: requisite');
  host.write('b.yaml', `${tinyGuest('b')}${required}`);
  const refused = await host.cli(['apply', host.specs, '--timeout', '10s']);
  expect([refused.exitCode, refused.stderr]).toEqual([
    1,
    expect.stringContaining('/nowhere/cd does not exist'),
  ]);
});
