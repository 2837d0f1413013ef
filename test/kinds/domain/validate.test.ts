import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { domainReferences } from '../../../src/kinds/domain/references.ts';
import { validateDomain } from '../../../src/kinds/domain/validate.ts';
import type { DomainDef, DomainSpec } from '../../../src/model/domain.ts';
import type { DomainDevices } from '../../../src/model/domain-devices.ts';
import { plainDomain } from '../../support/arbitrary-domain.ts';

function domain(devices: DomainDevices, spec: Partial<DomainSpec> = {}): DomainDef {
  return { kind: 'Domain', metadata: { name: 'web-1' }, spec: { memory: 2 ** 28, devices, ...spec } };
}

function found(def: DomainDef): string[] {
  return validateDomain(def).map(
    ({ severity, code, path }) => `${severity === 'warning' ? '~' : ''}${code} ${path}`,
  );
}

const q35 = { os: { machine: 'q35' } } as const;
const virtio = { bus: 'virtio', file: '/a' } as const;
const sata = { bus: 'sata', file: '/a' } as const;
const devices = 'spec.devices.';

const mistakes: readonly [string, DomainDef, string][] = [
  [
    'an old virtio mouse',
    domain({ inputs: [{ type: 'mouse', bus: 'virtio', model: 'virtio-transitional' }] }),
    'not-supported spec.devices.inputs[0].model',
  ],
  ['a reboot that preserves', domain({}, { onReboot: 'preserve' }), 'not-supported spec.onReboot'],
  ['a crash that renames', domain({}, { onCrash: 'rename-restart' }), 'not-supported spec.onCrash'],
  [
    'a power-off that restarts, a reboot that destroys',
    domain({}, { onPoweroff: 'restart', onReboot: 'destroy' }),
    'conflicting-options spec.onReboot',
  ],
  [
    'two sources',
    domain({ disks: [{ file: '/a', block: '/dev/b' }] }),
    'conflicting-options spec.devices.disks[0]',
  ],
  ['no source', domain({ disks: [{}] }), 'missing-field spec.devices.disks[0]'],
  [
    'another type than the source',
    domain({ disks: [{ type: 'block', file: '/a' }] }),
    'conflicting-options spec.devices.disks[0].type',
  ],
  [
    'a cdrom on virtio',
    domain({ disks: [{ device: 'cdrom', bus: 'virtio' }] }),
    'conflicting-options spec.devices.disks[0].bus',
  ],
  [
    'a floppy on IDE',
    domain({ disks: [{ device: 'floppy', bus: 'ide' }] }),
    'conflicting-options spec.devices.disks[0].bus',
  ],
  [
    'a hard disk on the floppy bus',
    domain({ disks: [{ device: 'disk', bus: 'fdc', file: '/a' }] }),
    'conflicting-options spec.devices.disks[0].bus',
  ],
  [
    'a target twice',
    domain({
      disks: [
        { ...virtio, dev: 'vda' },
        { ...virtio, dev: 'vda' },
      ],
    }),
    'conflicting-options spec.devices.disks[1].dev',
  ],
  [
    'a partition as target',
    domain({ disks: [{ ...virtio, dev: 'vdb1' }] }),
    'invalid-value spec.devices.disks[0].dev',
  ],
  [
    'a readonly SATA disk',
    domain({ disks: [{ ...sata, readonly: true }] }),
    'conflicting-options spec.devices.disks[0].readonly',
  ],
  [
    'native I/O with a cache',
    domain({ disks: [{ ...virtio, io: 'native' }] }),
    'conflicting-options spec.devices.disks[0].io',
  ],
  [
    'an iothread that is not there',
    domain({ disks: [{ ...virtio, iothread: 3 }] }, { iothreads: 2 }),
    'missing-reference spec.devices.disks[0].iothread',
  ],
  [
    'an iothread on SATA',
    domain({ disks: [{ ...sata, iothread: 1 }] }, { iothreads: 1 }),
    'conflicting-options spec.devices.disks[0].iothread',
  ],
  [
    'a total and a read limit',
    domain({ disks: [{ ...virtio, iotune: { totalBytesSec: 1, readBytesSec: 1 } }] }),
    'conflicting-options spec.devices.disks[0].iotune.totalBytesSec',
  ],
  [
    'a shared qcow2',
    domain({ disks: [{ ...virtio, format: 'qcow2', shareable: true }] }),
    'conflicting-options spec.devices.disks[0].shareable',
  ],
  [
    'a serial number with a comma',
    domain({ disks: [{ ...virtio, serial: 'a,b' }] }),
    'invalid-value spec.devices.disks[0].serial',
  ],
  [
    'an IDE disk on q35',
    domain({ disks: [{ dev: 'hda', file: '/a' }] }, q35),
    'conflicting-options spec.devices.disks[0].bus',
  ],
  [
    'a fifth IDE disk',
    domain({ disks: [{ dev: 'hde', file: '/a' }] }),
    'address-conflict spec.devices.disks[0].address.controller',
  ],
  [
    'a PCI address on SATA',
    domain({ disks: [{ ...sata, address: { type: 'pci', slot: 5 } }] }),
    'conflicting-options spec.devices.disks[0].address',
  ],
  [
    'a boot order twice',
    domain({ disks: [{ ...virtio, bootOrder: 1 }], interfaces: [{ bootOrder: 1 }] }),
    'conflicting-options spec.devices.interfaces[0].bootOrder',
  ],
  [
    'both kinds of boot order',
    domain({ disks: [{ ...virtio, bootOrder: 1 }] }, { os: { boot: ['hd'] } }),
    'conflicting-options spec.os.boot',
  ],
  [
    'a bridge without its name',
    domain({ interfaces: [{ type: 'bridge' }] }),
    'missing-field spec.devices.interfaces[0].bridge',
  ],
  [
    'a multicast MAC',
    domain({ interfaces: [{ mac: '01:00:5e:00:00:01' }] }),
    'invalid-value spec.devices.interfaces[0].mac',
  ],
  [
    'a MAC twice',
    domain({ interfaces: [{ mac: '52:54:00:00:00:01' }, { mac: '52:54:00:00:00:01' }] }),
    '~duplicate-mac spec.devices.interfaces[1].mac',
  ],
  [
    'an odd queue size',
    domain({ interfaces: [{ rxQueueSize: 300 }] }),
    'invalid-value spec.devices.interfaces[0].rxQueueSize',
  ],
  [
    'a name twice',
    domain({ rngs: [{ name: 'a' }], interfaces: [{ name: 'a' }] }),
    'conflicting-options spec.devices.interfaces[0].name',
  ],
  [
    'two VNC servers',
    domain({ graphics: [{ type: 'vnc' }, { type: 'vnc' }] }),
    'conflicting-options spec.devices.graphics[1].type',
  ],
  [
    'a VNC port below 5900',
    domain({ graphics: [{ type: 'vnc', port: 80 }] }),
    'invalid-value spec.devices.graphics[0].port',
  ],
  [
    'two primary cards',
    domain({ videos: [{ primary: true }, { primary: true }] }),
    'conflicting-options spec.devices.videos[1].primary',
  ],
  [
    'VGA as second card',
    domain({ videos: [{ model: 'virtio' }, { model: 'vga' }] }),
    'conflicting-options spec.devices.videos[1].model',
  ],
  [
    'a second serial console',
    domain({ consoles: [{}, {}] }),
    'conflicting-options spec.devices.consoles[1].targetType',
  ],
  [
    'two watchdogs',
    domain({ watchdogs: [{ model: 'ib700' }, { model: 'i6300esb' }] }),
    'limit-exceeded spec.devices.watchdogs[1]',
  ],
  [
    'an ISA watchdog on PCI',
    domain({ watchdogs: [{ model: 'ib700', address: { type: 'pci', slot: 7 } }] }),
    'conflicting-options spec.devices.watchdogs[0].address',
  ],
  [
    'a TPM 1.2 as CRB',
    domain({ tpms: [{ model: 'tpm-crb', version: '1.2' }] }),
    'conflicting-options spec.devices.tpms[0].version',
  ],
  ['a CID of the host', domain({ vsock: { cid: 2 } }), 'invalid-value spec.devices.vsock.cid'],
  [
    'a PS/2 tablet',
    domain({ inputs: [{ type: 'tablet', bus: 'ps2' }] }),
    'conflicting-options spec.devices.inputs[0].bus',
  ],
  [
    'a controller twice',
    domain({
      controllers: [
        { type: 'scsi', index: 0 },
        { type: 'scsi', index: 0 },
      ],
    }),
    'conflicting-options spec.devices.controllers[1].index',
  ],
  [
    'a USB part without its master',
    domain({ controllers: [{ type: 'usb', index: 0, model: 'ich9-uhci1' }] }),
    'missing-controller spec.devices.controllers[0].model',
  ],
  [
    'USB devices without USB',
    domain({ controllers: [{ type: 'usb', index: 0, model: 'none' }], inputs: [{ type: 'tablet' }] }),
    'missing-controller spec.devices.inputs[0]',
  ],
  [
    'a root port on a pc',
    domain({ controllers: [{ type: 'pci', index: 1, model: 'pcie-root-port' }] }),
    'address-conflict spec.devices.controllers[0]',
  ],
  [
    'a root port in the place of the root, and nothing that follows from it',
    domain(
      { controllers: [{ type: 'pci', model: 'pcie-root-port' }], rngs: [{}] },
      { os: { machine: 'q35' } },
    ),
    'conflicting-options spec.devices.controllers[0].model',
  ],
  [
    'a PCI address twice',
    domain({ rngs: [{ address: { type: 'pci', slot: 9 } }, { address: { type: 'pci', slot: 9 } }] }),
    'address-conflict spec.devices.rngs[1].address',
  ],
  [
    'the slot of the chipset',
    domain({ rngs: [{ address: { type: 'pci', slot: 1, function: 3 } }] }),
    'address-conflict spec.devices.rngs[0].address',
  ],
  [
    'a slot that a port has not',
    domain({ rngs: [{ address: { type: 'pci', bus: 1, slot: 3 } }] }, q35),
    'address-conflict spec.devices.rngs[0].address.slot',
  ],
  [
    'a USB port that is not there',
    domain({ inputs: [{ type: 'tablet', address: { type: 'usb', port: '9' } }] }),
    'address-conflict spec.devices.inputs[0].address.port',
  ],
  [
    'a USB bus that is not there',
    domain({ inputs: [{ type: 'tablet', address: { type: 'usb', bus: 3, port: '1' } }] }),
    'missing-controller spec.devices.inputs[0].address.bus',
  ],
  [
    'a virtio-serial port twice',
    domain({
      channels: [
        { address: { type: 'virtio-serial', port: 2 } },
        { address: { type: 'virtio-serial', port: 2 } },
      ],
    }),
    'address-conflict spec.devices.channels[1].address.port',
  ],
  [
    'more memory now than there is',
    domain({}, { currentMemory: 2 ** 29 }),
    '~conflicting-options spec.currentMemory',
  ],
  [
    'more vcpus now than there are',
    domain({}, { vcpus: { maximum: 2, current: 4 } }),
    'conflicting-options spec.vcpus.current',
  ],
  [
    'a topology that does not multiply',
    domain({}, { vcpus: { maximum: 3 }, cpu: { topology: { sockets: 1, cores: 2, threads: 2 } } }),
    'conflicting-options spec.cpu.topology',
  ],
  ['more vcpus than a pc takes', domain({}, { vcpus: { maximum: 300 } }), 'invalid-value spec.vcpus.maximum'],
  [
    'host-passthrough under TCG',
    domain({}, { accel: 'tcg', cpu: { mode: 'host-passthrough' } }),
    'conflicting-options spec.cpu.mode',
  ],
  [
    'UEFI without ACPI',
    domain({}, { os: { firmware: 'efi' }, features: { acpi: false } }),
    'conflicting-options spec.features.acpi',
  ],
  [
    'variables on a server and in a file',
    domain(
      {},
      {
        os: {
          firmware: 'efi',
          nvram: { type: 'network', path: '/x', network: { protocol: 'nbd', hosts: [{ name: 'h' }] } },
        },
      },
    ),
    'conflicting-options spec.os.nvram.network',
  ],
  [
    'variables on a server that is not named',
    domain({}, { os: { firmware: 'efi', nvram: { type: 'network' } } }),
    'missing-field spec.os.nvram.network',
  ],
  [
    'variables on a server of no protocol for them',
    domain(
      {},
      { os: { firmware: 'efi', nvram: { type: 'network', network: { protocol: 'nbd', hosts: [] } } } },
    ),
    'invalid-value spec.os.nvram.network.hosts',
  ],
  ['variables without UEFI', domain({}, { os: { nvram: { path: '/x' } } }), 'missing-field spec.os.loader'],
  [
    'a machine of another architecture',
    domain({}, { os: { machine: 'pseries' } }),
    'not-supported spec.os.machine',
  ],
  [
    'a machine type that QEMU gave up',
    domain({}, { os: { machine: 'pc-1.3' } }),
    'not-supported spec.os.machine',
  ],
  [
    'two processors in a machine for one',
    domain({}, { os: { machine: 'isapc' }, vcpus: { maximum: 2 } }),
    'invalid-value spec.vcpus.maximum',
  ],
  [
    'a vendor of the CPU without a model',
    domain({}, { cpu: { mode: 'host-model', vendor: 'AMD' } }),
    'missing-field spec.cpu.model',
  ],
  [
    'secure boot on a pc',
    domain({}, { os: { firmware: 'efi', loader: { secure: true } } }),
    'conflicting-options spec.os.loader.secure',
  ],
  [
    'an SMBIOS UUID of another',
    domain(
      {},
      {
        uuid: '00000000-0000-0000-0000-000000000001',
        sysinfo: { system: { uuid: '00000000-0000-0000-0000-000000000002' } },
      },
    ),
    'conflicting-options spec.sysinfo.system.uuid',
  ],
  [
    'a TSEG of half a mebibyte',
    domain({}, { ...q35, features: { smm: { tseg: 2 ** 19 } } }),
    'invalid-value spec.features.smm.tseg',
  ],
];

describe('a mistake is found where it stands', () => {
  test.each(mistakes)('%s', (_what, def, expected) => {
    expect(found(def)).toContain(expected);
  });
});

test('each message says in words what is wrong, and one mistake is reported once', () => {
  for (const [, def] of mistakes) {
    const problems = validateDomain(def);
    expect(new Set(problems.map(({ path, message }) => path + message)).size).toBe(problems.length);
    for (const { message, path } of problems) {
      expect(message).toMatch(/^.{12,}[^.]$/);
      expect(path).toMatch(/^spec\./);
    }
  }
});

test('plain domains have no mistakes', () => {
  fc.assert(
    fc.property(plainDomain(), (def) => {
      expect(validateDomain(def).filter(({ severity }) => severity !== 'warning')).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

test('volumes that disks name are references, with the place that names them', () => {
  const def = domain({ disks: [{ file: '/a' }, { volume: 'root' }, { device: 'cdrom' }] });
  expect(domainReferences(def)).toEqual([
    { key: { kind: 'Volume', name: 'root' }, path: `${devices}disks[1].volume` },
  ]);
  expect(domainReferences(domain({}))).toEqual([]);
});
