import { describe, expect, test } from 'vitest';
import { Arguments, words } from '../../../src/drivers/qemu/command-line/arguments.ts';
import { inTargetOrder } from '../../../src/drivers/qemu/command-line/boot-order.ts';
import type { CommandLineContext } from '../../../src/drivers/qemu/command-line/context.ts';
import { buildCommandLine } from '../../../src/drivers/qemu/command-line.ts';
import { nodeName } from '../../../src/drivers/qemu/devices/node-name.ts';
import { vsockCid } from '../../../src/drivers/qemu/devices/vsock.ts';
import type { DomainSpec } from '../../../src/model/domain.ts';
import type { Controller, Disk, DomainDevices } from '../../../src/model/domain-devices.ts';
import { domain, goldenContext, kib, mib } from './command-line-cases/contract.ts';

function lineOf(
  devices: DomainDevices,
  spec: Partial<DomainSpec> = {},
  context: Partial<CommandLineContext> = {},
) {
  return buildCommandLine(domain('q35', devices, spec), { ...goldenContext, ...context });
}

/** The values of one option. */
function valuesOf(option: string, { args }: { readonly args: readonly string[] }): string[] {
  return args.flatMap((argument, at) => (argument === option ? [args[at + 1] ?? ''] : []));
}

function jsonOf(option: string, line: { readonly args: readonly string[] }): Record<string, unknown>[] {
  return valuesOf(option, line).map((text) => JSON.parse(text) as Record<string, unknown>);
}

const disk: Disk = {
  type: 'file',
  file: '/images/a.qcow2',
  format: 'qcow2',
  bus: 'virtio',
  alias: 'virtio-disk0',
};

describe('escapes', () => {
  test('a comma in a key=value option is doubled', () => {
    expect(words('socket', { path: '/a,b,c', server: true, wait: undefined })).toBe(
      'socket,path=/a,,b,,c,server=on',
    );
  });

  test('a comma in the name of a domain ends nothing', () => {
    const def = domain('q35');
    const line = buildCommandLine({ ...def, metadata: { name: 'a,debug-threads=off' } }, goldenContext);
    expect(valuesOf('-name', line)).toEqual(['guest=a,,debug-threads=off,debug-threads=on']);
  });

  test('a path in a JSON option is taken literally', () => {
    const file = '/images/a,b "c" \\d\u{1F4BE}.raw';
    const [storage] = jsonOf('-blockdev', lineOf({ disks: [{ ...disk, file, format: 'raw' }] }));
    expect(storage?.['filename']).toBe(file);
  });

  test('a number of 64 bits keeps all of them', () => {
    const args = new Arguments();
    args.device('scsi-hd', { wwn: 0x5000c50015ea71adn, serial: undefined });
    expect(args.list).toEqual(['-device', '{"driver":"scsi-hd","wwn":5764824127192592813}']);
  });
});

describe('block nodes', () => {
  test('names fit into 31 characters and stay apart', () => {
    const long = 'ua-a-name-that-is-longer-than-a-block-node-may-be';
    const names = [`${long}-1`, `${long}-2`].map((alias) => nodeName(alias, '-storage'));
    expect(names.every((name) => name.length <= 31)).toBe(true);
    expect(new Set(names).size).toBe(2);
    expect(nodeName('virtio-disk0', '-format')).toBe('virtio-disk0-format');
  });

  test('a chain that nobody declared is closed when the image was looked at', () => {
    expect(jsonOf('-blockdev', lineOf({ disks: [disk] }))[1]).toMatchObject({
      driver: 'qcow2',
      backing: null,
    });
  });

  test('a chain that nobody could look at is left to the header of the image', () => {
    const line = lineOf({ disks: [disk] }, {}, { explicitChains: false });
    expect(jsonOf('-blockdev', line)[1]).not.toHaveProperty('backing');
  });

  test('a disk that several machines write bypasses the cache of the host', () => {
    const [storage] = jsonOf('-blockdev', lineOf({ disks: [{ ...disk, shareable: true }] }));
    expect(storage?.['cache']).toEqual({ direct: true, 'no-flush': false });
  });

  test('a drive without a medium has no node', () => {
    const { file: _, ...empty } = disk;
    const line = lineOf({ disks: [{ ...empty, device: 'cdrom', bus: 'sata' }] });
    expect(jsonOf('-blockdev', line)).toEqual([]);
    expect(jsonOf('-device', line)).toMatchObject([{ driver: 'ide-cd' }]);
  });
});

describe('the order of controllers', () => {
  const port = (index: number, slot: number, bus = 0): Controller => ({
    type: 'pci',
    index,
    model: 'pcie-root-port',
    alias: `pci.${index}`,
    address: { type: 'pci', bus, slot },
  });
  const made = (controllers: readonly Controller[]) =>
    jsonOf('-device', lineOf({ controllers })).map(({ id }) => id);

  test('is that of the definition: the tables of ACPI name slots in it', () => {
    expect(made([port(2, 1), port(1, 2)])).toEqual(['pci.2', 'pci.1']);
  });

  test('puts a bridge before what hangs below it', () => {
    const bridge: Controller = { ...port(3, 0, 1), model: 'pcie-to-pci-bridge' };
    expect(made([bridge, port(2, 1), port(1, 2)])).toEqual(['pci.1', 'pci.3', 'pci.2']);
  });

  test('ends for bridges that hang from each other', () => {
    expect(made([port(1, 1, 2), port(2, 1, 1)])).toHaveLength(2);
  });
});

describe('boot order', () => {
  const boots = (disks: readonly Disk[], boot: NonNullable<DomainSpec['os']>['boot']) =>
    jsonOf('-device', lineOf({ disks }, boot === undefined ? {} : { os: { boot } })).map(
      ({ id, bootindex }) => [id, bootindex],
    );

  test('the n-th word gives the first device of its class an n, first by target name', () => {
    const second: Disk = { ...disk, dev: 'vdb', alias: 'virtio-disk1' };
    const first: Disk = { ...disk, dev: 'vda', alias: 'virtio-disk0' };
    expect(boots([second, first], ['cdrom', 'hd'])).toEqual([
      ['virtio-disk0', 2],
      ['virtio-disk1', undefined],
    ]);
  });

  test('an order on a device silences the words', () => {
    const ordered: Disk = { ...disk, dev: 'vdb', alias: 'virtio-disk1', bootOrder: 3 };
    expect(boots([{ ...disk, dev: 'vda' }, ordered], ['hd'])).toEqual([
      ['virtio-disk0', undefined],
      ['virtio-disk1', 3],
    ]);
  });

  test('disks of one bus stand together, vdz before vdaa', () => {
    const at = (dev: string, bus: Disk['bus']): Disk => ({ dev, ...(bus ? { bus } : {}) });
    const given = [at('vdaa', 'virtio'), at('sda', 'scsi'), at('vdz', 'virtio')];
    expect(inTargetOrder(given).map(({ dev }) => dev)).toEqual(['vdz', 'vdaa', 'sda']);
  });
});

describe('what is said before the guest runs', () => {
  test('a reboot ends the guest when the spec says destroy', () => {
    expect(lineOf({}, { onReboot: 'destroy' }).configure).toContainEqual({
      command: 'set-action',
      arguments: { reboot: 'shutdown' },
    });
    expect(lineOf({}).configure).toEqual([]);
  });

  test('the balloon gets its target only when it is less than all', () => {
    const memballoon = { model: 'virtio', alias: 'balloon0' } as const;
    const line = lineOf({ memballoon }, { currentMemory: 32 * mib });
    expect(line.configure).toEqual([{ command: 'balloon', arguments: { value: 32 * mib } }]);
    expect(lineOf({ memballoon }, { currentMemory: 64 * mib }).configure).toEqual([]);
  });
});

describe('the machine', () => {
  test('memory is whole MiB, as is its backend', () => {
    const line = lineOf({}, { memory: 63 * mib + 3 * kib });
    expect(valuesOf('-m', line)).toEqual(['size=65536k']);
    expect(jsonOf('-object', line)[0]).toMatchObject({ id: 'pc.ram', size: 64 * mib });
  });

  test('a clock in another time zone runs in that zone of QEMU', () => {
    const line = lineOf({}, { clock: { offset: 'timezone', timezone: 'Europe/Paris' } });
    expect(valuesOf('-rtc', line)).toEqual(['base=localtime']);
    expect(line.env).toEqual({ TZ: 'Europe/Paris' });
  });

  test('a clock relative to local time counts from it', () => {
    const now = { utc: 1_700_000_000, offset: 3600 };
    const line = lineOf({}, { clock: { offset: 'variable', basis: 'localtime', adjustment: -60 } }, { now });
    expect(valuesOf('-rtc', line)).toEqual(['base=2023-11-14T23:12:20']);
  });

  test('a console on the serial port is no second device', () => {
    const line = lineOf({
      serials: [{ type: 'pty', targetType: 'isa-serial', port: 0, alias: 'serial0' }],
      consoles: [{ type: 'pty', targetType: 'serial', port: 0, alias: 'serial0' }],
    });
    expect(valuesOf('-chardev', line).filter((text) => text.startsWith('pty'))).toEqual([
      'pty,id=charserial0',
    ]);
  });

  test('a context id that is left to us is never one of the host', () => {
    for (let at = 0; at < 1000; at += 1) {
      const cid = vsockCid(`uuid-${at}`);
      expect(cid).toBeGreaterThanOrEqual(3);
      expect(cid).toBeLessThan(0xffff_ffff);
    }
  });

  test('equal definitions make equal command lines', () => {
    expect(buildCommandLine(domain('q35'), goldenContext)).toEqual(
      buildCommandLine(domain('q35'), goldenContext),
    );
  });
});
