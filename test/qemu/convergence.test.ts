import { afterEach, beforeEach, expect, test } from 'vitest';
import { bootSector, Guest, linuxGuest, tinyGuest } from '../support/guest.ts';
import { Sandbox } from '../support/sandbox.ts';

let host: Sandbox;
beforeEach(() => {
  host = new Sandbox();
});
afterEach(() => host.dispose());

function tinyXml(name: string, machine: string): string {
  return `<domain type='qemu'>
  <name>${name}</name>
  <memory unit='MiB'>64</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='${machine}'>hvm</type></os>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='${bootSector}'/>
      <target dev='vda' bus='virtio'/>
      <readonly/>
    </disk>
    <serial type='pty'/>
  </devices>
</domain>
`;
}

function withVolume(name: string): string {
  const disk = `      - {name: data, volume: ${name}-data, bus: virtio, format: qcow2}\n`;
  return `${tinyGuest(name)}${disk}---
apiVersion: qonverge/v1
kind: Volume
metadata: {name: ${name}-data}
spec: {capacity: 16MiB, format: qcow2}
`;
}

test('ten machines come up from an empty host, and a second apply does nothing', async () => {
  for (const name of ['y1', 'y2']) host.write(`${name}.yaml`, tinyGuest(name));
  for (const name of ['y3', 'y4']) host.write(`${name}.yaml`, withVolume(name));
  host.write('y5.yaml', linuxGuest('y5', host.root));
  for (const [at, name] of ['x1', 'x2', 'x3', 'x4', 'x5'].entries()) {
    host.write(`nested/${name}.xml`, tinyXml(name, at % 2 ? 'pc' : 'q35'));
  }

  const first = await host.cli(['apply', host.specs]);
  expect(first.stderr).not.toMatch(/error/i);
  expect(first.exitCode).toBe(0);
  const items = await host.status();
  expect(
    items
      .filter((item) => item.kind === 'Domain')
      .map((item) => `${item.name} ${item.state}`)
      .sort(),
  ).toEqual(['x1', 'x2', 'x3', 'x4', 'x5', 'y1', 'y2', 'y3', 'y4', 'y5'].map((name) => `${name} running`));
  expect(items.filter((item) => item.kind === 'Volume')).toHaveLength(2);
  const before = host.qemus().sort((a, b) => a.pid - b.pid);
  expect(new Set(before.map((qemu) => qemu.uuid)).size).toBe(10);

  const guest = await Guest.connect(`${host.root}/y5.cmd`);
  expect(((await guest.facts()) as { cpu: { count: number } }).cpu.count).toBe(1);
  guest.close();

  const plan = await host.cli(['plan', host.specs, '--detailed-exitcode', '-o', 'json']);
  expect(JSON.parse(plan.stdout)).toMatchObject({ steps: [], held: [], diagnostics: [] });
  expect(plan.exitCode).toBe(0);

  const second = await host.cli(['apply', host.specs, '-o', 'json']);
  expect(second.exitCode).toBe(0);
  expect(host.qemus().sort((a, b) => a.pid - b.pid)).toEqual(before);
});

test('a change that needs a restart waits as pending, and restart applies it', async () => {
  host.write('a.yaml', tinyGuest('a'));
  expect((await host.cli(['apply', host.specs])).exitCode).toBe(0);
  const before = host.qemu('a');

  host.write('a.yaml', tinyGuest('a').replace('memory: 64MiB', 'memory: 96MiB'));
  const plan = await host.cli(['plan', host.specs, '--detailed-exitcode']);
  expect(plan.stdout).toMatch(/memory/);
  await host.cli(['apply', host.specs]);
  const held = await host.item('a');
  expect(held?.pending.map((change) => change.path)).toContain('spec.memory');
  expect(held?.conditions.find((condition) => condition.type === 'RestartRequired')?.status).toBe('True');
  expect(host.qemu('a')?.pid).toBe(before?.pid);

  const restart = await host.cli(['restart', 'a']);
  expect(restart.stderr).toBe('');
  expect(restart.exitCode).toBe(0);
  const after = await host.untilState('a', 'running');
  expect(after.pending).toEqual([]);
  expect(after.pid).not.toBe(before?.pid);
  expect(host.qemu('a')?.uuid).toBe(before?.uuid);
});

test('reverting the spec clears what was pending, without a restart', async () => {
  host.write('a.yaml', tinyGuest('a'));
  await host.cli(['apply', host.specs]);
  const before = host.qemu('a');
  host.write('a.yaml', tinyGuest('a').replace('vcpus: 1', 'vcpus: 2'));
  await host.cli(['apply', host.specs]);
  expect((await host.item('a'))?.pending).not.toEqual([]);
  host.write('a.yaml', tinyGuest('a'));
  await host.cli(['apply', host.specs]);
  expect((await host.item('a'))?.pending).toEqual([]);
  expect(host.qemu('a')?.pid).toBe(before?.pid);
});

test('kvm without a usable device is an error with its reason, never a silent TCG', async () => {
  host.write(
    'a.yaml',
    tinyGuest('a')
      .replace('accel: tcg', 'accel: kvm')
      .replace('spec:', 'spec:\n  emulator: /usr/bin/qemu-system-x86_64'),
  );
  const result = await host.cli(['apply', host.specs, '--timeout', '10s']);
  const item = await host.item('a');
  if (item?.state === 'running') {
    const argv = (await host.cli(['render', `${host.specs}/a.yaml`, '-o', 'argv'])).stdout;
    expect(argv).toMatch(/accel[ =,]*kvm/);
  } else {
    expect(result.exitCode).not.toBe(0);
    expect(`${result.stderr}${result.stdout}`).toMatch(/kvm/);
  }
});

test('a disk that another domain writes is refused by name, and that domain runs on', async () => {
  host.write('a.yaml', withVolume('a'));
  await host.cli(['apply', host.specs]);
  const before = host.qemu('a');
  host.write(
    'b.yaml',
    tinyGuest('b').concat('      - {name: data, volume: a-data, bus: virtio, format: qcow2}\n'),
  );
  const result = await host.cli(['apply', host.specs, '--timeout', '5s']);
  expect(result.exitCode).not.toBe(0);
  expect(`${result.stdout}${result.stderr}`).toMatch(/a-data/);
  expect(host.qemu('b')).toBeUndefined();
  expect(host.qemu('a')?.pid).toBe(before?.pid);
});
