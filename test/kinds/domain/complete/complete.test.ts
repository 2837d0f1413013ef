import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { baselineCapabilities } from '../../../../src/kinds/domain/baseline-capabilities.ts';
import { sha1 } from '../../../../src/kinds/domain/complete/sha1.ts';
import { completeDomain } from '../../../../src/kinds/domain/complete.ts';
import type { DomainDef, DomainSpec } from '../../../../src/model/domain.ts';
import type { Device, DeviceAddress, DomainDevices } from '../../../../src/model/domain-devices.ts';

function domain(devices: DomainDevices, spec: Partial<DomainSpec> = {}): DomainDef {
  return { kind: 'Domain', metadata: { name: 'web-1' }, spec: { memory: 2 ** 28, devices, ...spec } };
}

function complete(def: DomainDef, previous?: DomainDef): DomainDef {
  return completeDomain(def, previous, baselineCapabilities);
}

const q35 = { os: { machine: 'q35' } } as const;

function short(address: DeviceAddress | undefined): string {
  if (address?.type !== 'pci') return '-';
  const { bus = 0, slot = 0, function: fn = 0, multifunction } = address;
  return `${bus}:${slot.toString(16)}.${fn}${multifunction === true ? '+' : ''}`;
}

/** `virtio-disk0 3:0.0`, … : what the guest finds on its PCI buses. */
function pciTree(def: DomainDef): string[] {
  const all = Object.values(def.spec.devices ?? {}).flat() as Device[];
  return all
    .filter((device) => device.address?.type === 'pci')
    .map((device) => `${device.alias} ${short(device.address)}`);
}

describe('the PCI tree is the one libvirt makes', () => {
  test('of an empty pc', () => {
    expect(pciTree(complete(domain({})))).toEqual(['usb 0:1.2', 'balloon0 0:2.0']);
  });

  test('of an empty q35, with one port to plug into', () => {
    expect(pciTree(complete(domain({}, q35)))).toEqual([
      'usb 1:0.0',
      'ide 0:1f.2',
      'pci.1 0:1.0+',
      'pci.2 0:1.1',
      'pci.3 0:1.2',
      'balloon0 2:0.0',
    ]);
  });

  test('of a pc with cards of the host, which stand first among its devices, behind disks', () => {
    const def = domain({
      hostdevs: [{ type: 'pci', pci: { bus: 0x86 } }],
      interfaces: [
        { type: 'hostdev', pci: { bus: 0x3b, slot: 2, function: 1 } },
        { type: 'user', model: 'virtio' },
      ],
      disks: [{ file: '/srv/a.img', dev: 'vda' }],
    });
    expect(pciTree(complete(def))).toEqual([
      'virtio-disk0 0:3.0',
      'usb 0:1.2',
      'hostdev0 0:4.0',
      'net0 0:2.0',
      'hostdev1 0:5.0',
      'balloon0 0:6.0',
    ]);
  });

  test('of a q35 with a screen, where ports begin at slot 2', () => {
    const def = complete(domain({ graphics: [{ type: 'vnc' }] }, q35));
    expect(pciTree(def)).toContain('video0 0:1.0');
    expect(pciTree(def)).toContain('pci.1 0:2.0+');
    expect(def.spec.devices?.controllers?.find(({ alias }) => alias === 'pci.1')).toMatchObject({
      chassis: 1,
      port: 0x10,
    });
  });

  test('of a q35 with a conventional PCI device', () => {
    expect(pciTree(complete(domain({ watchdogs: [{ model: 'i6300esb' }] }, q35)))).toEqual([
      'usb 2:0.0',
      'ide 0:1f.2',
      'pci.1 0:1.0+',
      'pci.2 0:1.1',
      'pci.3 0:1.2',
      'pci.4 1:0.0',
      'pci.5 0:1.3',
      'watchdog0 4:1.0',
      'balloon0 3:0.0',
    ]);
  });

  test('of a machine whose ports are given: no spare port is added', () => {
    const ports = [{ type: 'pci', index: 1, model: 'pcie-root-port' }] as const;
    expect(pciTree(complete(domain({ controllers: ports }, q35)))).toEqual([
      'pci.1 0:1.0+',
      'usb 1:0.0',
      'ide 0:1f.2',
      'pci.2 0:1.1',
      'balloon0 2:0.0',
    ]);
  });

  test('of an ICH9 USB 2 controller, in one slot', () => {
    const controllers = (['ehci1', 'uhci1', 'uhci2', 'uhci3'] as const).map(
      (part) => ({ type: 'usb', index: 0, model: `ich9-${part}` }) as const,
    );
    const places = pciTree(complete(domain({ controllers }, q35))).filter((line) => line.startsWith('usb'));
    expect(places).toEqual(['usb 0:1d.7', 'usb-uhci1 0:1d.0+', 'usb-uhci2 0:1d.1', 'usb-uhci3 0:1d.2']);
  });

  test('of a pc with more disks than slots', () => {
    const disks = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ file: `/${index}.img`, bus: 'virtio' }) as const);
    const bridges = (def: DomainDef) => pciTree(def).filter((line) => line.startsWith('pci.'));
    expect(bridges(complete(domain({ disks: disks(28) })))).toEqual([]);
    const full = complete(domain({ disks: disks(29) }));
    expect(bridges(full)).toEqual(['pci.1 0:2.0']);
    expect(pciTree(full)).toContain('balloon0 1:1.0');
    expect(bridges(complete(domain({ disks: disks(65) })))).toEqual(['pci.1 0:2.0', 'pci.2 0:3.0']);
  });

  test('of virtio disks: by target name, not by place in the list', () => {
    const disks = [
      { dev: 'vdb', file: '/b' },
      { dev: 'vda', file: '/a' },
    ];
    expect(pciTree(complete(domain({ disks })))).toEqual([
      'virtio-disk1 0:3.0',
      'virtio-disk0 0:2.0',
      'usb 0:1.2',
      'balloon0 0:4.0',
    ]);
  });
});

describe('disks', () => {
  test('sit where their target name says', () => {
    const disks = [
      { dev: 'sdh', bus: 'scsi', file: '/a' },
      { dev: 'hdd', file: '/b' },
      { dev: 'sdi', bus: 'sata', file: '/c' },
    ] as const;
    const { devices } = complete(domain({ disks })).spec;
    expect(devices?.disks?.map(({ alias }) => alias)).toEqual(['scsi1-0-0', 'ide0-1-1', 'sata1-0-2']);
    expect(devices?.controllers?.map(({ type, index }) => `${type}${index}`)).toEqual([
      'usb0',
      'pci0',
      'scsi0',
      'scsi1',
      'ide0',
      'sata0',
      'sata1',
    ]);
  });

  test('get free target names and the usual bus', () => {
    const disks = [
      { file: '/a' },
      { dev: 'vda', file: '/b' },
      { device: 'cdrom' },
      { device: 'floppy' },
    ] as const;
    expect(complete(domain({ disks }, q35)).spec.devices?.disks).toMatchObject([
      { dev: 'vdb', bus: 'virtio', format: 'raw', type: 'file' },
      { dev: 'vda' },
      { dev: 'sda', bus: 'sata', readonly: true },
      { dev: 'fda', bus: 'fdc' },
    ]);
  });

  test('on a volume leave the format to the volume', () => {
    expect(complete(domain({ disks: [{ volume: 'root' }] })).spec.devices?.disks?.[0]).not.toHaveProperty(
      'format',
    );
  });
});

describe('consoles', () => {
  test('the first serial port is the console, under its alias', () => {
    const { serials, consoles } =
      complete(domain({ serials: [{ type: 'file', path: '/log' }] })).spec.devices ?? {};
    expect(serials).toMatchObject([{ targetType: 'isa-serial', port: 0, alias: 'serial0' }]);
    expect(consoles).toEqual([
      { type: 'file', path: '/log', targetType: 'serial', port: 0, alias: 'serial0' },
    ]);
  });

  test('a console alone makes its serial port', () => {
    expect(complete(domain({ consoles: [{}] })).spec.devices?.serials).toMatchObject([
      { type: 'pty', alias: 'serial0' },
    ]);
  });

  test('channels begin at port 1, a virtio console may have port 0', () => {
    const devices = complete(domain({ channels: [{}, {}], consoles: [{ targetType: 'virtio' }] })).spec
      .devices;
    const port = ({ address }: Device) => (address?.type === 'virtio-serial' ? address.port : undefined);
    expect(devices?.channels?.map(port)).toEqual([1, 2]);
    expect(devices?.consoles?.map(port)).toEqual([0]);
  });
});

describe('what was assigned once', () => {
  test('the uuid is the one that SMBIOS is to show, as libvirt takes it', () => {
    const shown = domain({}, { sysinfo: { system: { uuid: '5F3C2A1077B14C0E9A530A1B2C3D4E5F' } } });
    expect(complete(shown).spec.uuid).toBe('5f3c2a10-77b1-4c0e-9a53-0a1b2c3d4e5f');
  });

  test('the uuid follows from the name alone', () => {
    const { uuid } = complete(domain({})).spec;
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(complete(domain({ rngs: [{}] }, q35)).spec.uuid).toBe(uuid);
    expect(complete({ ...domain({}), metadata: { name: 'web-2' } }).spec.uuid).not.toBe(uuid);
  });

  test('a newer QEMU does not bump the machine, another machine type does', () => {
    const before = complete(domain({}, { os: { machine: 'pc-q35-6.2' } }));
    expect(complete(domain({}, q35), before).spec.os?.machine).toBe('pc-q35-6.2');
    expect(complete(domain({}), before).spec.os?.machine).toBe('pc-q35-6.2');
    expect(complete(domain({}, { os: { machine: 'pc' } }), before).spec.os?.machine).toBe('pc-i440fx-7.2');
  });

  test('another chipset keeps the MAC and drops the addresses', () => {
    const interfaces = [{ type: 'user', model: 'virtio' }] as const;
    const before = complete(domain({ interfaces }));
    const after = complete(domain({ interfaces }, q35), before);
    expect(after.spec.devices?.interfaces?.[0]?.mac).toBe(before.spec.devices?.interfaces?.[0]?.mac);
    expect(pciTree(after)).toEqual(pciTree(complete(domain({ interfaces }, q35))));
  });

  test.each<[string, (name: string) => Device]>([
    ['filesystems', (name) => ({ name, source: `/srv/${name}`, target: name })],
    ['shmems', (name) => ({ name, shmem: name, model: 'ivshmem-plain', size: 4 << 20 })],
    ['memories', (name) => ({ name, model: 'dimm', size: 128 << 20, node: 0 })],
    ['memories', (name) => ({ name, model: 'virtio-pmem', size: 128 << 20, path: `/srv/${name}` })],
    ['redirdevs', (name) => ({ name, type: 'spicevmc' })],
    ['smartcards', (name) => ({ name, mode: 'passthrough', source: { type: 'spicevmc' } })],
    ['rngs', (name) => ({ name, model: 'virtio' })],
    ['cryptos', (name) => ({ name, type: 'qemu', model: 'virtio' })],
    ['sounds', (name) => ({ name, model: 'ac97' })],
    ['hubs', (name) => ({ name, type: 'usb' })],
  ])('%s keep their place when another one is written before them', (list, one) => {
    const of = (...names: string[]) =>
      domain({ [list]: names.map(one) }, { maxMemory: { size: 1 << 30, slots: 4 } });
    const seats = (def: DomainDef) => {
      const devices = (def.spec.devices as Readonly<Record<string, readonly Device[]>>)[list] ?? [];
      return Object.fromEntries(devices.map(({ name, address }) => [name, address]));
    };
    const before = complete(of('b', 'c'));
    const { b, c } = seats(before);
    expect([b, c]).not.toContain(undefined);
    expect(seats(complete(of('a', 'b', 'c'), before))).toMatchObject({ b, c });
    expect(seats(complete(of('c'), before))).toEqual({ c });
  });

  test('devices without a name are known by what they say', () => {
    const lan = { type: 'bridge', bridge: 'lan', model: 'virtio' } as const;
    const dmz = { type: 'bridge', bridge: 'dmz', model: 'virtio' } as const;
    const previous = complete(domain({ interfaces: [lan, dmz], disks: [{ file: '/a' }, { file: '/b' }] }));
    const before = previous.spec.devices;
    const disks = [{ file: '/c' }, { file: '/b' }];
    const after = complete(domain({ interfaces: [dmz, lan], disks }), previous).spec.devices;
    expect(after?.interfaces).toEqual([before?.interfaces?.[1], before?.interfaces?.[0]]);
    expect(after?.disks?.[1]).toEqual(before?.disks?.[1]);
  });

  test('a disk that moves to another bus gets a seat there', () => {
    const before = complete(domain({ disks: [{ name: 'root', file: '/a', bus: 'virtio' }] }));
    const after = complete(domain({ disks: [{ name: 'root', file: '/a', bus: 'sata' }] }), before);
    expect(after.spec.devices?.disks?.[0]).toMatchObject({ dev: 'sda', address: { type: 'drive', unit: 0 } });
  });

  test('a written address takes the place of an inherited one', () => {
    const before = complete(domain({ interfaces: [{ name: 'a', type: 'user' }] }));
    const taken = before.spec.devices?.interfaces?.[0]?.address;
    expect(short(taken)).toBe('0:2.0');
    const claim = { name: 'b', type: 'user', address: { type: 'pci', slot: 2 } } as const;
    const after = complete(domain({ interfaces: [{ name: 'a', type: 'user' }, claim] }), before);
    expect(after.spec.devices?.interfaces?.map(({ address }) => short(address))).toEqual(['0:4.0', '0:2.0']);
  });

  test('a channel that goes takes its controller along, one that stays keeps it', () => {
    const named = (...names: string[]) => domain({ channels: names.map((name) => ({ name })) });
    const before = complete(named('a', 'b'));
    const types = (def: DomainDef) => def.spec.devices?.controllers?.map(({ type }) => type);
    expect(types(complete(named('b'), before))).toContain('virtio-serial');
    expect(types(complete(named(), before))).not.toContain('virtio-serial');
  });

  test('KVM that is missing for a moment does not change the accelerator', () => {
    const without = { ...baselineCapabilities, kvm: { usable: false } };
    expect(completeDomain(domain({}), undefined, without).spec.accel).toBe('tcg');
    expect(completeDomain(domain({}), complete(domain({})), without).spec.accel).toBe('kvm');
  });
});

describe('firmware', () => {
  const efi = (os: DomainSpec['os'], features: DomainSpec['features'] = { acpi: true }) =>
    complete(domain({}, { os: { firmware: 'efi', ...os }, features })).spec;

  test('is the first image that fits, as libvirt takes it', () => {
    expect(efi({ machine: 'q35' }).os).toMatchObject({
      loader: { path: '/usr/share/OVMF/OVMF_CODE_4M.ms.fd', type: 'pflash', readonly: true, secure: true },
      nvram: { template: '/usr/share/OVMF/OVMF_VARS_4M.ms.fd' },
    });
    expect(efi({ machine: 'q35' }).features?.smm).toEqual({ state: true });
    expect(efi({ machine: 'pc' }).os?.loader?.path).toBe('/usr/share/OVMF/OVMF_CODE_4M.fd');
  });

  test('heeds asked features and smm', () => {
    const path = (name: 'secure-boot' | 'enrolled-keys', enabled: boolean) =>
      efi({ machine: 'q35', firmwareFeatures: [{ name, enabled }] }).os?.loader?.path;
    expect(path('secure-boot', false)).toBe('/usr/share/OVMF/OVMF_CODE_4M.fd');
    expect(path('enrolled-keys', false)).toBe('/usr/share/OVMF/OVMF_CODE_4M.secboot.fd');
    expect(efi({ machine: 'q35' }, { acpi: true, smm: { state: false } }).os?.loader?.path).toBe(
      '/usr/share/OVMF/OVMF_CODE_4M.fd',
    );
  });

  test('once picked stays, though the host has another now', () => {
    const spec = { os: { machine: 'q35', firmware: 'efi' }, features: { acpi: true } } as const;
    const before = complete(domain({}, spec));
    const after = completeDomain(domain({}, spec), before, { ...baselineCapabilities, firmware: [] });
    expect(after).toEqual(before);
  });

  test('given by hand gets the variables of its descriptor', () => {
    const loader = { path: '/usr/share/OVMF/OVMF_CODE_4M.fd', type: 'pflash', readonly: true } as const;
    expect(complete(domain({}, { os: { loader } })).spec.os?.nvram).toEqual({
      template: '/usr/share/OVMF/OVMF_VARS_4M.fd',
    });
  });
});

test('SHA-1 is SHA-1', () => {
  for (const text of [
    '',
    'abc',
    'Domain/é😀',
    'x'.repeat(55),
    'x'.repeat(56),
    'x'.repeat(64),
    'x'.repeat(500),
  ])
    expect(Buffer.from(sha1([1, 255], text)).toString('hex')).toBe(
      createHash('sha1')
        .update(Buffer.from([1, 255]))
        .update(text)
        .digest('hex'),
    );
});

test('completing a small domain is no work to speak of', () => {
  const def = domain(
    { disks: [{ file: '/a' }], interfaces: [{ type: 'user' }], graphics: [{ type: 'vnc' }] },
    q35,
  );
  for (let i = 0; i < 500; i += 1) complete(def);
  // The best of several runs: the machine may be busy with something else.
  const runs = Array.from({ length: 200 }, () => {
    const start = performance.now();
    for (let i = 0; i < 3; i += 1) complete(def);
    return (performance.now() - start) / 3;
  });
  expect(Math.min(...runs)).toBeLessThan(5);
});
