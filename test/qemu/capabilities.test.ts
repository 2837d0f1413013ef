import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CapabilityProbe } from '../../src/drivers/qemu/capabilities.ts';
import { resolveCpu } from '../../src/kinds/domain/cpu/resolve-cpu.ts';
import type { DomainCapabilities } from '../../src/model/domain-capabilities.ts';
import { tinyGuest } from '../support/guest.ts';
import { Sandbox } from '../support/sandbox.ts';

const emulator = '/usr/bin/qemu-system-x86_64';
let directory: string;
let capabilities: DomainCapabilities;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'qonverge-'));
  capabilities = await new CapabilityProbe(paths()).of(emulator);
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function paths() {
  return { stateDir: directory, runDir: directory, logDir: directory };
}

test('QEMU tells what its CPUs are made of, and is asked once', async () => {
  const { tcg } = capabilities.cpus;
  expect(tcg?.host.features).toContain('sse2');
  expect(tcg?.models).toHaveProperty('qemu64');
  expect(Object.keys(capabilities.cpus)).toEqual(capabilities.kvm.usable ? ['tcg', 'kvm'] : ['tcg']);
  expect(await new CapabilityProbe(paths()).of(emulator)).toEqual(capabilities);
});

test('several commands on a new host ask at the same time, and all of them get their answer', async () => {
  const host = new Sandbox();
  try {
    host.write('a.yaml', tinyGuest('a').replace(/^spec:/m, 'spec:\n  runStrategy: Manual'));
    expect((await host.cli(['apply', host.specs])).exitCode).toBe(0);
    rmSync(join(host.root, 'state/capabilities'), { recursive: true });
    const said = await Promise.all([1, 2, 3].map(() => host.cli(['status', '-o', 'name'])));
    const answer = { exitCode: 0, stdout: 'Domain/a\n', stderr: '' };
    expect(said.map(({ exitCode, stdout, stderr }) => ({ exitCode, stdout, stderr }))).toEqual([
      answer,
      answer,
      answer,
    ]);
  } finally {
    await host.dispose();
  }
});

test('host-model asks for nothing that QEMU cannot give', () => {
  const { model, features } = resolveCpu(
    { memory: 64 * 1024 ** 2, accel: 'tcg', cpu: { mode: 'host-model' } },
    capabilities.cpus.tcg,
  );
  const cpu = [model, ...features.map(({ name, on }) => `${name}=${on ? 'on' : 'off'}`), 'enforce'].join(',');
  const args = [
    '-M',
    'pc,accel=tcg',
    '-cpu',
    cpu,
    '-S',
    '-nodefaults',
    '-display',
    'none',
    '-monitor',
    'stdio',
  ];
  expect(() => execFileSync(emulator, args, { input: 'quit\n', timeout: 20_000 })).not.toThrow();
});
