import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Guest, linuxGuest } from '../support/guest.ts';
import { LiveMachine } from '../support/live-machine.ts';
import { Sandbox, until } from '../support/sandbox.ts';

const host = new Sandbox();
let machine: LiveMachine;
let guest: Guest;
const bridges = [`qvc${process.pid}`, `qvd${process.pid}`] as const;
const ip = (...args: readonly string[]) => execFileSync('ip', args);

const drives = `    disks:
      - {name: cd, device: cdrom, bus: sata, file: ${host.root}/one.iso, format: raw}
    controllers:
      - {type: pci, model: pcie-root}
      - {type: pci, index: 1, model: pcie-root-port}
      - {type: pci, index: 2, model: pcie-root-port}
      - {type: pci, index: 3, model: pcie-root-port}
      - {type: pci, index: 4, model: pcie-root-port}
      - {type: pci, index: 5, model: pcie-root-port}
      - {type: pci, index: 6, model: pcie-root-port}
      - {type: pci, index: 7, model: pcie-root-port}
      - {type: pci, index: 8, model: pcie-root-port}
      - {type: pci, index: 9, model: pcie-root-port}
      - {type: scsi, index: 0, model: virtio-scsi}
      - {type: usb, index: 0, model: qemu-xhci}
    interfaces:
      - {name: lan, type: user, model: virtio}
    memballoon: {model: virtio}
`;
const spec = linuxGuest('live', host.root).replace('vcpus: 1', 'vcpus: {maximum: 4, current: 1}') + drives;

beforeAll(async () => {
  for (const name of ['one.iso', 'two.iso', 'data.raw', 'more.raw'])
    writeFileSync(`${host.root}/${name}`, Buffer.alloc(1 << 20, name));
  for (const bridge of bridges) {
    ip('link', 'add', bridge, 'type', 'bridge');
    ip('link', 'set', bridge, 'up');
  }
  host.write('live.yaml', spec);
  await host.watch();
  await host.untilState('live', 'running');
  guest = await Guest.connect(`${host.root}/live.cmd`);
  machine = await LiveMachine.of(host, 'live', guest);
}, 120_000);
afterAll(async () => {
  guest?.close();
  machine?.close();
  await host.dispose();
  for (const bridge of bridges) ip('link', 'delete', bridge);
});

/** What the guest sees of a kind. */
async function seen(kind: string): Promise<Record<string, unknown>[]> {
  return (await guest.facts())[kind] as Record<string, unknown>[];
}

describe('a running guest takes', () => {
  test('another medium in its CD drive, none, and the first one again', async () => {
    const medium = async () => {
      const [drive] = await machine.query<{ inserted?: { file: string } }[]>('query-block');
      return drive?.inserted?.file;
    };
    const read = () => guest.ask('run dd if=/dev/sr0 bs=2048 count=1 2>&1 | head -c 7');
    expect(await medium()).toBe(`${host.root}/one.iso`);
    await machine.change(spec.replace('one.iso', 'two.iso'));
    expect(await medium()).toBe(`${host.root}/two.iso`);
    await until(async () => (await read()).includes('two.iso'), 'the guest reads the second medium');
    await machine.change(spec.replace(`, file: ${host.root}/one.iso, format: raw`, ''));
    expect(await medium()).toBeUndefined();
    await machine.change(spec);
    expect(await medium()).toBe(`${host.root}/one.iso`);
    await until(async () => (await read()).includes('one.iso'), 'the guest reads the first medium');
  });

  test.each([
    ['virtio', 'vd'],
    ['scsi', 'sd'],
    ['usb', 'sd'],
  ])('a disk on %s, its limits, and its leaving', async (bus, prefix) => {
    const disk = (more = '') =>
      spec.replace(
        '    controllers:',
        `      - {name: data, file: ${host.root}/data.raw, format: raw, bus: ${bus}, serial: hot${more}}\n    controllers:`,
      );
    const disks = async () => (await seen('block')).filter(({ name }) => String(name).startsWith(prefix));
    await machine.change(disk());
    await until(async () => (await disks()).length === 1, 'the guest sees the disk');
    if (bus !== 'usb') expect(JSON.stringify(await disks())).toContain('hot');
    await machine.change(disk(', iotune: {totalIopsSec: 50}'));
    const limited = await machine.query<{ qdev: string; inserted?: { iops: number } }[]>('query-block');
    expect(limited.find(({ qdev }) => qdev.includes('ua-data'))?.inserted?.iops).toBe(50);
    await machine.change(disk());
    await machine.change(spec);
    await until(async () => (await disks()).length === 0, 'the guest sees it leave');
    await until(
      async () => !JSON.stringify(await machine.query('query-named-block-nodes')).includes('ua-data'),
      'its nodes are gone',
      5_000,
    );
  });

  test('a transient disk: what it is written is in another image', async () => {
    const disk = `      - {name: brief, file: ${host.root}/more.raw, format: raw, bus: scsi, transient: true}\n`;
    await machine.change(spec.replace('    controllers:', `${disk}    controllers:`));
    const { file } = (
      await machine.query<{ file: string; 'node-name': string }[]>('query-named-block-nodes')
    ).find((node) => node['node-name'] === 'ua-brief-format') ?? { file: '' };
    expect(file).toMatch(/\/transient\/.*ua-brief\.qcow2$/);
    expect(existsSync(file)).toBe(false);
    await machine.change(spec);
  });

  test('a disk that grows', async () => {
    const grown = (size: string) =>
      host.write(
        'grown.yaml',
        `apiVersion: qonverge/v1\nkind: Volume\nmetadata: {name: grown}\nspec: {capacity: ${size}, format: qcow2}\n`,
      );
    const bytes = async () => (await seen('block')).find(({ serial }) => serial === 'grown')?.['bytes'];
    grown('8MiB');
    await machine.change(
      spec.replace(
        '    controllers:',
        '      - {name: grown, volume: grown, bus: virtio, serial: grown}\n    controllers:',
      ),
    );
    await until(async () => (await bytes()) === 8 << 20, 'the guest sees the disk');
    grown('24MiB');
    await until(async () => (await bytes()) === 24 << 20, 'the guest sees it grow');
    expect(await guest.ask('run dmesg')).toContain('new size: 49152 512-byte logical blocks');
    await machine.stillRuns();
    await machine.change(spec);
  });

  test('a probe: it is Ready when the agent, a command and its console say so', async () => {
    const probed = (exec: string) =>
      spec.replace(
        '  os:',
        `  readiness: {agentPing: true, marker: GUEST READY, exec: {command: /bin/sh, args: [-c, ${exec}]}, period: 1s, failureThreshold: 1, hint: ask its owner}\n  os:`,
      );
    const wait = (timeout: string) => host.cli(['wait', 'live', '--timeout', timeout]);
    await machine.change(probed('exit 3'));
    const refused = await wait('2s');
    expect(refused.stderr).toContain(
      'Ready False (ProbeFailing): exec /bin/sh: ended with status 3, not with status 0; ask its owner',
    );
    expect(refused.exitCode).toBe(5);
    await machine.change(probed('exit 0'));
    expect((await wait('20s')).exitCode).toBe(0);
    await machine.change(spec);
  });

  test('its cable out and in', async () => {
    const carrier = async () => (await guest.ask('run cat /sys/class/net/eth0/carrier')).includes('1');
    expect(await carrier()).toBe(true);
    await machine.change(spec.replace('name: lan,', 'name: lan, link: down,'));
    await until(async () => !(await carrier()), 'the guest sees no carrier');
    await machine.change(spec);
    await until(carrier, 'the guest sees its carrier again');
  });

  test('a second network card, and its leaving', async () => {
    const cards = async () => (await seen('net')).filter(({ name }) => name !== 'lo').length;
    const before = await cards();
    await machine.change(
      spec.replace('    memballoon', '      - {name: second, type: user, model: e1000e}\n    memballoon'),
    );
    await until(async () => (await cards()) === before + 1, 'the guest sees the card');
    await machine.change(spec);
    await until(async () => (await cards()) === before, 'the guest sees it leave');
  });

  test('the cable of a card to another bridge', async () => {
    const cards = async () => (await seen('net')).filter(({ name }) => name !== 'lo').length;
    const before = await cards();
    const second = (bridge: string) =>
      spec.replace(
        '    memballoon',
        `      - {name: second, bridge: ${bridge}, model: virtio}\n    memballoon`,
      );
    await machine.change(second(bridges[0]));
    await until(async () => (await cards()) === before + 1, 'the guest sees the card');
    await guest.ask('run ip link set eth1 up');
    const changes = async () => {
      const { out } = JSON.parse(
        (await guest.ask('run cat /sys/class/net/eth1/carrier /sys/class/net/eth1/carrier_changes')).slice(4),
      ) as { out: string };
      const [carrier, count] = out.trim().split(/\s+/).map(Number);
      return carrier === 1 ? count : undefined;
    };
    let known: number | undefined;
    await until(async () => {
      known = await changes();
      return known !== undefined;
    }, 'the guest sees its cable');
    await machine.change(second(bridges[1]));
    await until(async () => ((await changes()) ?? 0) >= (known ?? 0) + 2, 'the guest sees it go out and in');
    await machine.change(spec);
    await until(async () => (await cards()) === before, 'the guest sees it leave');
  });

  test('a random number device, and its leaving', async () => {
    const before = await machine.devices();
    await machine.change(`${spec}    rngs: [{name: dice, model: virtio, backend: random}]\n`);
    expect(await machine.devices()).toEqual([...before, 'ua-dice'].sort());
    await machine.change(spec);
    expect(await machine.devices()).toEqual(before);
  });

  test('a channel to talk over, and its leaving', async () => {
    await machine.change(
      spec.replace(
        '      - {name: agent',
        `      - {name: extra, type: unix, mode: bind, path: ${host.root}/extra.cmd, targetName: guest.cmd.1}\n      - {name: agent`,
      ),
    );
    const second = await Guest.connect(`${host.root}/extra.cmd`);
    expect(await second.ask('ping hot')).toBe('PONG hot');
    second.close();
    await machine.change(spec);
    expect(await machine.devices()).not.toContain('ua-extra');
  });
});

describe('a running guest is given', () => {
  test('more processors and fewer', async () => {
    const count = async () => ((await guest.facts()) as { cpu: { count: number } }).cpu.count;
    await machine.change(spec.replace('current: 1', 'current: 3'));
    await until(async () => (await count()) === 3, 'three processors are online');
    await machine.change(spec);
    await until(async () => (await count()) === 1, 'one processor is left');
  });

  test('less memory by its balloon, and all of it again', async () => {
    const actual = async () => (await machine.query<{ actual: number }>('query-balloon')).actual >> 20;
    await machine.change(spec.replace('memory: 192MiB', 'memory: 192MiB\n  currentMemory: 160MiB'));
    await until(async () => (await actual()) === 160, 'the balloon is at its target');
    await machine.change(spec);
    await until(async () => (await actual()) === 192, 'the balloon is empty');
  });

  test('threads for I/O, which it does not see', async () => {
    const threads = async () => (await machine.query<unknown[]>('query-iothreads')).length;
    await machine.change(spec.replace('memory: 192MiB', 'memory: 192MiB\n  iothreads: 2'));
    expect(await threads()).toBe(2);
    await machine.change(spec);
    expect(await threads()).toBe(0);
  });
});
