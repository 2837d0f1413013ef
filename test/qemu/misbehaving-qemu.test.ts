import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tinyGuest } from '../support/guest.ts';
import { Sandbox, type StatusItem, until } from '../support/sandbox.ts';

const script = resolve(import.meta.dirname, '../support/fake-qemu.mjs');

/** All of them on one host at the same time, with a machine of a sound QEMU among them. */
describe('a QEMU that misbehaves ends in a clear failure within its deadline', () => {
  const host = new Sandbox();
  let begun = 0;
  let daemon = 0;

  /** A domain whose emulator is the fake one in this mode. */
  function fake(name: string, mode: string, spec = ''): void {
    const emulator = join(host.root, `qemu-${mode}`);
    writeFileSync(emulator, `#!/bin/sh\nexec '${process.execPath}' '${script}' ${mode} "$@"\n`);
    chmodSync(emulator, 0o755);
    host.write(`${name}.yaml`, tinyGuest(name, `  emulator: ${emulator}\n${spec}`));
  }

  const ready = (item: StatusItem | undefined) => item?.conditions.find(({ type }) => type === 'Ready');

  /** Its failure, once it is known, and after how long. */
  async function failure(name: string, timeout: number): Promise<{ reason: string; message: string }> {
    let found: ReturnType<typeof ready>;
    await until(
      async () => {
        found = ready(await host.item(name));
        return found?.status === 'False';
      },
      () => `${name} fails (now ${JSON.stringify(found)})`,
      Math.max(1_000, timeout - (Date.now() - begun)),
    );
    return { reason: found?.reason ?? '', message: found?.message ?? '' };
  }

  beforeAll(async () => {
    // By name they come before the sound one, and there are more of them than workers.
    for (const mode of ['dies', 'garbage', 'mute', 'silent', 'unprobable', 'flood', 'stubborn'])
      fake(`a-${mode}`, mode, '  restartPolicy: Immediate');
    for (const at of [1, 2, 3, 4]) fake(`a-silent${at}`, 'silent');
    host.write('a-frozen.yaml', tinyGuest('a-frozen'));
    host.write('z-sound.yaml', tinyGuest('z-sound'));
    // Emulators that no distribution installs need a word of the host's policy.
    const policy = join(host.root, 'policy.yaml');
    writeFileSync(
      policy,
      `apiVersion: qonverge/v1\nkind: Policy\nsources:\n  - {source: '${host.specs}', base: operator, emulators: ['${host.root}/*']}\n`,
    );
    daemon = (await host.watch({ args: ['--policy', policy] })).pid ?? 0;
    begun = Date.now();
  });
  afterAll(() => host.dispose());

  test('and delays no other machine', async () => {
    await host.untilState('z-sound', 'running');
    expect(Date.now() - begun).toBeLessThan(25_000);
  });

  test('it dies during the handshake: its last words are told', async () => {
    expect(await failure('a-dies', 20_000)).toEqual({
      reason: 'QemuStartFailed',
      message: expect.stringContaining('could not load the firmware of doom'),
    });
  });

  test('it answers garbage', async () => {
    expect((await failure('a-garbage', 20_000)).reason).toBe('QmpProtocol');
  });

  test('it floods events: it runs, the daemon answers and stays small', async () => {
    await host.untilState('a-flood', 'running');
    const asked = Date.now();
    await host.status();
    expect(Date.now() - asked).toBeLessThan(15_000);
    const rss = Number(readFileSync(`/proc/${daemon}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)?.[1]) / 1024;
    expect(rss).toBeLessThan(300);
    host.write('a-flood.yaml', tinyGuest('a-flood', '  runStrategy: Halted'));
    await host.untilState('a-flood', 'shutoff');
  });

  test('it ignores quit and SIGTERM: it is killed', async () => {
    await host.untilState('a-stubborn', 'running');
    fake('a-stubborn', 'stubborn', '  runStrategy: Halted');
    await host.untilState('a-stubborn', 'shutoff');
    expect(host.processes('fake-qemu.mjs\0stubborn\0')).toEqual([]);
  });

  test('it freezes while it runs: nobody knows its state, nothing is touched, and it is taken up again', async () => {
    const { pid = 0 } = await host.untilState('a-frozen', 'running');
    process.kill(pid, 'SIGSTOP');
    await host.untilState('a-frozen', 'unknown');
    expect(ready(await host.item('a-frozen'))).toMatchObject({
      status: 'Unknown',
      message: expect.stringContaining('does not answer'),
    });
    process.kill(pid, 'SIGCONT');
    expect((await host.untilState('a-frozen', 'running')).pid).toBe(pid);
  });

  test('it greets and then says nothing more', async () => {
    expect(await failure('a-mute', 45_000)).toEqual({
      reason: 'QmpTimeout',
      message: expect.stringContaining('no answer to qmp_capabilities'),
    });
  });

  test('it never opens its monitor', async () => {
    expect(await failure('a-silent', 45_000)).toEqual({
      reason: 'QemuStartFailed',
      message: expect.stringContaining('did not open its monitor'),
    });
  });

  test('it cannot even be asked what it can do', async () => {
    expect(await failure('a-unprobable', 45_000)).toEqual({
      reason: 'QemuStartFailed',
      message: expect.stringContaining('did not open its monitor'),
    });
  });

  test('no process is left of what failed, and waits for it end when it is no longer wanted', async () => {
    for (const mode of ['dies', 'garbage', 'mute', 'silent', 'unprobable'])
      fake(`a-${mode}`, mode, '  runStrategy: Halted');
    for (const at of [1, 2, 3, 4]) fake(`a-silent${at}`, 'silent', '  runStrategy: Halted');
    const wild = ['dies', 'garbage', 'mute', 'silent', 'unprobable'].map(
      (mode) => `fake-qemu.mjs\0${mode}\0`,
    );
    await until(
      () => host.processes(...wild).length === 0,
      () => `no process is left; now ${JSON.stringify(host.processes(...wild).map(commandLine))}`,
      30_000,
    );
  });
});

function commandLine(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(0, 200);
}
