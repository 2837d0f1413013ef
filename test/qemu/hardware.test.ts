import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readXml } from '../../src/xml/reader.ts';
import type { XmlElement } from '../../src/xml/tree.ts';
import { Guest, initrd, kernel } from '../support/guest.ts';
import { Sandbox } from '../support/sandbox.ts';

// Few boots with much in each: a boot under TCG costs seconds, and all of them run at once.
vi.setConfig({ testTimeout: 240_000 });

interface Facts {
  readonly firmware: string;
  readonly dmi: Readonly<Record<string, string>>;
  readonly cpu: {
    readonly count: number;
    readonly possible: string;
    readonly model: string;
    readonly topology: readonly { readonly cpu: number; readonly socket: number; readonly core: number }[];
  };
  readonly memory: { readonly online_bytes: number };
  readonly pci: readonly PciFacts[];
  readonly block: readonly {
    readonly name: string;
    readonly bytes: number;
    readonly ro: number;
    readonly serial?: string;
    readonly wwid?: string;
    readonly path: string;
  }[];
  readonly net: readonly { readonly mac: string; readonly driver: string; readonly path?: string }[];
  readonly virtio_ports: readonly unknown[];
}

interface PciFacts {
  readonly slot: string;
  readonly vendor: string;
  readonly device: string;
  readonly parent: string;
  readonly driver?: string;
}

let host: Sandbox;
let server: ChildProcess;
const mib = 1024 * 1024;

let images = 0;

function image(size: number): string {
  const path = join(host.root, `${images++}.raw`);
  writeFileSync(path, Buffer.alloc(size));
  return path;
}

function disk(dev: string, bus: string, size: number, more = '', device = 'disk'): string {
  return `<disk type='file' device='${device}'>
      <driver name='qemu' type='raw'/>
      <source file='${image(size)}'/>
      <target dev='${dev}' bus='${bus}'/>${more}
    </disk>`;
}

function floppy(says: string): string {
  const drive = disk('fda', 'fdc', 1440 * 1024, '', 'floppy');
  writeFileSync(join(host.root, `${images - 1}.raw`), says, { flag: 'r+' });
  return drive;
}

function nic(mac: string, model: string): string {
  return `<interface type='user'><mac address='${mac}'/><model type='${model}'/></interface>`;
}

/** Cards that do not offer to boot from the network. */
const rareCards = ['e1000-82545em', 'vmxnet3', 'pcnet', 'ne2k_pci', 'i82559er', 'virtio-transitional'];

/** Models of SCSI controllers beside virtio-scsi, the driver that the guest has for each, and the size of its disk. */
const scsiModels = [
  ['lsilogic', 'sym53c8xx', 10],
  ['lsisas1078', 'megaraid_sas', 11],
  ['vmpvscsi', 'vmw_pvscsi', 12],
  ['lsisas1068', 'mptsas', 13],
  ['am53c974', 'am53c974', 14],
] as const;

function scsi(model: string, index: number, size: number): string {
  const at = `<address type='drive' controller='${index}' bus='0' target='0' unit='0'/>`;
  return `<controller type='scsi' index='${index}' model='${model}'/>
    ${disk(`sd${'abcde'[index]}`, 'scsi', size, `<wwn>5000c50015ea710${index}</wwn>${at}`)}`;
}

const variablesTemplate = '/usr/share/OVMF/OVMF_VARS_4M.ms.fd';

/** Variables of a firmware on a server, as XML. */
function servedVariables(): string {
  const file = join(host.root, 'vars.fd');
  const socket = join(host.root, 'vars.sock');
  copyFileSync(variablesTemplate, file);
  server = spawn('qemu-nbd', ['--persistent', '--format=raw', `--socket=${socket}`, file], {
    stdio: 'ignore',
  });
  return `<nvram type='network'>
      <source protocol='nbd'><host transport='unix' socket='${socket}'/></source>
    </nvram>`;
}

function quietNic(mac: string, model: string): string {
  return nic(mac, model).replace('</interface>', "<rom enabled='no'/></interface>");
}

interface Machine {
  readonly machine: string;
  readonly os?: string;
  readonly osAttributes?: string;
  readonly kernel?: string;
  readonly initrd?: string;
  readonly domain?: string;
  readonly features?: string;
  readonly memory?: number;
  readonly devices: readonly string[];
}

function write(name: string, machine: Machine): void {
  const cmdline = 'console=ttyS0 quiet loglevel=3 mitigations=off guest.dhcp=off';
  host.write(
    `${name}.xml`,
    `<domain type='qemu'>
  <name>${name}</name>
  <memory unit='MiB'>${machine.memory ?? 256}</memory>
  ${machine.domain ?? '<vcpu>1</vcpu>'}
  <os${machine.osAttributes ?? ''}>
    <type arch='x86_64' machine='${machine.machine}'>hvm</type>${machine.os ?? ''}
    <kernel>${machine.kernel ?? kernel}</kernel>
    <initrd>${machine.initrd ?? initrd}</initrd>
    <cmdline>${cmdline}</cmdline>
  </os>
  <features><acpi/><apic/>${machine.features ?? ''}</features>
  <devices>
    ${machine.devices.join('\n    ')}
    <serial type='file'><source path='${host.root}/${name}.serial'/></serial>
    <channel type='unix'>
      <source mode='bind' path='${host.root}/${name}.cmd'/>
      <target type='virtio' name='guest.cmd.0'/>
    </channel>
  </devices>
</domain>
`,
  );
}

beforeAll(async () => {
  host = new Sandbox();
  write('modern', {
    machine: 'q35',
    memory: 320,
    domain: `<vcpu current='2'>4</vcpu>
  <sysinfo type='smbios'>
    <system><entry name='manufacturer'>Qonverge</entry><entry name='serial'>SN-42</entry></system>
    <baseBoard><entry name='product'>BOARD, 7</entry></baseBoard>
    <chassis><entry name='asset'>A-1</entry></chassis>
  </sysinfo>
  <cpu mode='custom'><model>Nehalem</model><topology sockets='2' cores='2' threads='1'/></cpu>`,
    os: "<smbios mode='sysinfo'/>",
    devices: [
      disk('vda', 'virtio', 3 * mib, '<serial>V-1</serial>'),
      disk('vdb', 'virtio', 4 * mib, '<readonly/>'),
      disk('sda', 'scsi', 5 * mib, '<serial>S-1</serial><wwn>5000c50015ea71aa</wwn>'),
      disk('sdb', 'sata', 7 * mib, '<serial>T-1</serial>'),
      disk('sdc', 'usb', 9 * mib),
      disk('sdd', 'sata', 2 * mib, '<readonly/>', 'cdrom'),
      nic('52:54:00:aa:00:01', 'virtio'),
      nic('52:54:00:aa:00:02', 'e1000e'),
      "<controller type='scsi' index='0' model='virtio-scsi'/>",
      "<input type='tablet' bus='usb'/>",
      "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>",
      "<watchdog model='i6300esb' action='none'/>",
      "<sound model='ich9'/>",
      "<video><model type='virtio'/></video><graphics type='vnc'/>",
    ],
  });
  write('classic', {
    machine: 'pc',
    devices: [
      disk('hda', 'ide', 6 * mib, '<serial>I-1</serial>'),
      disk('hdc', 'ide', 2 * mib, '<readonly/>', 'cdrom'),
      disk('vda', 'virtio', 8 * mib, "<address type='pci' slot='0x0a'/>"),
      floppy('floppy'),
      ...scsiModels.map(([model, , size], index) => scsi(model, index, size * mib)),
      nic('52:54:00:aa:00:03', 'e1000'),
      nic('52:54:00:aa:00:04', 'rtl8139'),
      ...rareCards.map((model, at) => quietNic(`52:54:00:aa:01:0${at}`, model)),
      "<controller type='pci' index='1' model='pci-bridge'/>",
      "<rng model='virtio'><backend model='builtin'/><address type='pci' bus='0x01' slot='0x04'/></rng>",
      "<memballoon model='none'/>",
    ],
  });
  const built = (file: string) => join(dirname(kernel), file);
  const efi = {
    machine: 'q35',
    kernel: built('vmlinuz'),
    initrd: built('initrd-min.img'),
    osAttributes: " firmware='efi'",
  };
  write('uefi', {
    ...efi,
    os: servedVariables(),
    devices: [disk('vda', 'virtio', 3 * mib), nic('52:54:00:aa:00:05', 'virtio')],
  });
  // Secure Boot's firmware, its keys not enrolled: it takes the test's own kernel.
  write('secure', {
    ...efi,
    os: "<firmware><feature enabled='yes' name='secure-boot'/><feature enabled='no' name='enrolled-keys'/></firmware>",
    features: "<smm state='on'/>",
    devices: [disk('vda', 'virtio', 3 * mib)],
  });
  const { exitCode, stderr } = await host.cli(['apply', host.specs]);
  expect([exitCode, stderr]).toEqual([0, expect.not.stringMatching(/error/i)]);
}, 120_000);

afterAll(async () => {
  await host.dispose();
  server.kill();
});

const told = new Map<string, Promise<Facts>>();

function facts(name: string): Promise<Facts> {
  const asked =
    told.get(name) ??
    (async () => {
      const guest = await Guest.connect(join(host.root, `${name}.cmd`), 200_000);
      try {
        return JSON.parse((await guest.ask('facts', 60_000)).replace(/^FACTS /, '')) as Facts;
      } finally {
        guest.close();
      }
    })();
  told.set(name, asked);
  return asked;
}

/** Functions that the chipset has by itself, on bus 0. */
const builtIn: Readonly<Record<string, readonly string[]>> = {
  modern: ['00.0', '1f.0', '1f.3'],
  uefi: ['00.0', '1f.0', '1f.3'],
  secure: ['00.0', '1f.0', '1f.3'],
  classic: ['00.0', '01.0', '01.3'],
};

/** Where the guest finds its PCI functions: the way down from the root, which does not depend on how buses are counted. */
function placesFound({ pci }: Facts): Map<string, PciFacts> {
  const bySlot = new Map(pci.map((one) => [one.slot, one]));
  const way = (one: PciFacts): string => {
    const parent = bySlot.get(one.parent);
    return `${parent ? `${way(parent)}/` : ''}${one.slot.split(':').at(-1)}`;
  };
  return new Map(pci.map((one) => [way(one), one]));
}

/** The same ways, as the completed XML writes them; with the element that sits there. */
async function placesWritten(name: string): Promise<Map<string, XmlElement>> {
  const { stdout } = await host.cli(['render', join(host.specs, `${name}.xml`), '-o', 'xml']);
  const { root } = readXml(stdout);
  const devices = children(root, 'devices').flatMap((one) => children(one));
  const seats = devices.flatMap((device) => {
    const seat = children(device, 'address').find((address) => value(address, 'type') === 'pci');
    return seat ? [{ device, seat }] : [];
  });
  const way = (seat: XmlElement): string => {
    const bus = Number(value(seat, 'bus'));
    const bridge = seats.find(
      ({ device }) =>
        device.name === 'controller' &&
        value(device, 'type') === 'pci' &&
        Number(value(device, 'index')) === bus,
    );
    const place = `${hex(value(seat, 'slot'))}.${Number(value(seat, 'function'))}`;
    return bus === 0 || !bridge ? place : `${way(bridge.seat)}/${place}`;
  };
  return new Map(seats.map(({ device, seat }) => [way(seat), device]));
}

function children(element: XmlElement | undefined, name?: string): XmlElement[] {
  return (element?.children ?? []).filter(
    (child): child is XmlElement => child.type === 'element' && (name === undefined || child.name === name),
  );
}

function value(element: XmlElement, name: string): string | undefined {
  return element.attributes.find((attribute) => attribute.name === name)?.value;
}

function hex(text = '0'): string {
  return Number(text).toString(16).padStart(2, '0');
}

function found(all: Facts['block'], bytes: number): Facts['block'][number] | undefined {
  return all.find((one) => one.bytes === bytes);
}

describe.each(['modern', 'classic', 'uefi', 'secure'])('the guest of %s', (name) => {
  test('finds a PCI function wherever the XML has one, and nowhere else', async () => {
    const seen = [...placesFound(await facts(name)).keys()].filter((way) => !builtIn[name]?.includes(way));
    const written = [...(await placesWritten(name)).keys()];
    expect(seen.sort()).toEqual([...new Set([...written, ...(name === 'classic' ? ['01.1'] : [])])].sort());
  });

  test('has the firmware that the XML asks for', async () => {
    expect((await facts(name)).firmware).toBe(name === 'modern' || name === 'classic' ? 'bios' : 'uefi');
  });
});

test('uefi: the firmware keeps its variables on a server', async () => {
  await facts('uefi');
  expect(readFileSync(join(host.root, 'vars.fd')).equals(readFileSync(variablesTemplate))).toBe(false);
});

/** Vendor and device ids, as the PCI ids registry has them. */
const ids: Readonly<Record<string, string>> = {
  'interface virtio': '1af4:1041',
  'interface e1000e': '8086:10d3',
  'interface e1000': '8086:100e',
  'interface rtl8139': '10ec:8139',
  'interface e1000-82545em': '8086:100f',
  'interface vmxnet3': '15ad:07b0',
  'interface pcnet': '1022:2000',
  'interface ne2k_pci': '10ec:8029',
  'interface i82559er': '8086:1209',
  'interface virtio-transitional': '1af4:1000',
};

test('classic: cards of rarer models are at their addresses', async () => {
  const there = placesFound(await facts('classic'));
  const seen = [...(await placesWritten('classic'))].map(([way, device]) => {
    const [card] = device.name === 'interface' ? children(device, 'model') : [];
    const model = card === undefined ? value(device, 'model') : value(card, 'type');
    const found = there.get(way);
    return [`${device.name} ${model}`, `${found?.vendor}:${found?.device}`.replaceAll('0x', '')];
  });
  const rare = rareCards.map((model) => `interface ${model}`);
  expect(rare.map((name) => seen.find(([one]) => one === name))).toEqual(
    rare.map((name) => [name, ids[name]]),
  );
});

test.each([
  ['modern', '52:54:00:aa:00:01', 'virtio', 'virtio_net'],
  ['modern', '52:54:00:aa:00:02', 'e1000e', 'e1000e'],
  ['classic', '52:54:00:aa:00:03', 'e1000', 'e1000'],
  ['classic', '52:54:00:aa:00:04', 'rtl8139', '8139cp'],
  ['uefi', '52:54:00:aa:00:05', 'virtio', 'virtio_net'],
])('%s: the card with MAC %s is a %s, at its address', async (name, mac, model, driver) => {
  const seen = await facts(name);
  expect(seen.net.find((one) => one.mac === mac)?.driver).toBe(driver);
  const [way] =
    [...(await placesWritten(name))].find(
      ([, device]) =>
        device.name === 'interface' && children(device, 'mac').some((one) => value(one, 'address') === mac),
    ) ?? [];
  const there = placesFound(seen).get(way ?? '');
  expect(`${there?.vendor}:${there?.device}`.replaceAll('0x', '')).toBe(ids[`interface ${model}`]);
});

test('disks of every bus have their size, serial, WWN and controller', async () => {
  const { block } = await facts('modern');
  expect(found(block, 3 * mib)).toMatchObject({ name: 'vda', serial: 'V-1', ro: 0 });
  expect(found(block, 4 * mib)).toMatchObject({ name: 'vdb', ro: 1 });
  expect(found(block, 5 * mib)).toMatchObject({ serial: 'S-1', wwid: 'naa.5000c50015ea71aa' });
  expect(found(block, 5 * mib)?.path).toMatch(/virtio\d+\/host\d+/);
  expect(found(block, 7 * mib)?.serial?.trim()).toBe('T-1');
  expect(found(block, 7 * mib)?.path).toMatch(/0000:00:1f\.2\/ata/);
  expect(found(block, 9 * mib)?.path).toMatch(/\/usb\d+\//);
  expect(found(block, 2 * mib)?.name).toMatch(/^sr/);
  const classic = (await facts('classic')).block;
  expect(found(classic, 6 * mib)?.serial?.trim()).toBe('I-1');
  expect(found(classic, 6 * mib)?.path).toMatch(/0000:00:01\.1\/ata1/);
  expect(found(classic, 2 * mib)?.path).toMatch(/0000:00:01\.1\/ata2/);
  expect(found(classic, 8 * mib)?.path).toMatch(/0000:00:0a\.0\/virtio/);
});

test('classic: a floppy is in the drive', async () => {
  const guest = await Guest.connect(join(host.root, 'classic.cmd'), 200_000);
  try {
    const said = await guest.ask('run dd if=/dev/fd0 bs=512 count=1 2>/dev/null | head -c 6', 60_000);
    expect(said).toBe('RUN {"rc":0,"out":"floppy"}');
  } finally {
    guest.close();
  }
});

test.each(scsiModels)('classic: a disk on a %s is driven by %s', async (model, driver, size) => {
  const seen = await facts('classic');
  const [way = ''] =
    [...(await placesWritten('classic'))].find(([, device]) => value(device, 'model') === model) ?? [];
  const controller = placesFound(seen).get(way);
  expect(controller?.driver).toBe(driver);
  expect(found(seen.block, size * mib)?.path).toContain(`/${controller?.slot}/host`);
});

test('processors come in the sockets and cores that the XML names, and some are left to be plugged', async () => {
  const { cpu } = await facts('modern');
  expect(cpu).toMatchObject({ count: 2, possible: '0-3', model: expect.stringContaining('Nehalem') });
  expect(cpu.topology.map(({ socket, core }) => `${socket}.${core}`)).toEqual(['0.0', '0.1']);
});

test('memory, SMBIOS and machine version are those of the XML', async () => {
  const { memory, dmi, virtio_ports: ports } = await facts('modern');
  expect(memory.online_bytes).toBeGreaterThanOrEqual(320 * mib);
  expect(memory.online_bytes).toBeLessThan(320 * mib + 128 * mib);
  expect(dmi).toMatchObject({
    sys_vendor: 'Qonverge',
    product_serial: 'SN-42',
    board_name: 'BOARD, 7',
    chassis_asset_tag: 'A-1',
  });
  expect(dmi['product_version']).toMatch(/^pc-q35-/);
  expect((await facts('classic')).dmi['product_version']).toMatch(/^pc-i440fx-/);
  expect(dmi['product_uuid']).toBe((await host.item('modern'))?.uuid);
  expect(JSON.stringify(ports)).toContain('guest.cmd.0');
});
