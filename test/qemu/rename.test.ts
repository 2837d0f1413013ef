import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { tinyGuest } from '../support/guest.ts';
import { Sandbox, until } from '../support/sandbox.ts';

let host: Sandbox;
afterEach(() => host.dispose());

const uuid = '8a0b1c2d-3e4f-4a5b-8c6d-7e8f90a1b2c3';
const machine = (name: string, more = '') => tinyGuest(name, `  uuid: ${uuid}${more}`);

test('another name in its file leaves the running machine as it is, with all that belongs to it', async () => {
  host = new Sandbox();
  const tpm = '    tpms: [{model: tpm-tis, version: "2.0"}]\n';
  const kept = (name: string) => join(host.stateDir, 'tpm', name, 'tpm2-00.permall');
  host.write('vm.yaml', machine('old') + tpm);
  await host.watch();
  const { pid } = await host.untilState('old', 'running');
  await until(() => existsSync(kept('old')), 'its TPM has a state');
  host.write('vm.yaml', machine('new') + tpm);
  await host.untilState('new', 'running');
  expect(host.qemus().map((qemu) => qemu.pid)).toEqual([pid]);
  expect((await host.status()).map(({ name }) => name)).toEqual(['new']);
  expect((await host.cli(['events'])).stdout).toContain('was old until now');
  expect((await host.cli(['plan', host.specs])).stdout).toContain('in sync');
  expect(existsSync(join(host.logDir, 'old.log'))).toBe(false);
  expect(existsSync(join(host.logDir, 'new.log'))).toBe(true);
  expect([existsSync(kept('old')), existsSync(kept('new'))]).toEqual([false, true]);
  // And a person reaches it by its new name.
  await host.cli(['stop', 'new', '--force']);
  await until(() => ![undefined, pid].includes(host.qemu('new')?.pid), 'it runs under its new name');
  expect(host.qemus()).toHaveLength(1);
});

test.each(['recorded', 'done'])('killed at rename.%s, the next daemon goes on with it', async (step) => {
  host = new Sandbox();
  host.write('vm.yaml', machine('old'));
  const first = await host.watch({ env: { QONVERGE_FAILPOINTS: `rename.${step}=kill` } });
  const { pid } = await host.untilState('old', 'running');
  host.write('vm.yaml', machine('new'));
  await until(() => first.signalCode === 'SIGKILL', `the daemon died at rename.${step}`);
  await host.watch();
  await host.untilState('new', 'running');
  expect(host.qemus().map((qemu) => qemu.pid)).toEqual([pid]);
  expect((await host.cli(['status'])).stdout).not.toContain('old');
});
