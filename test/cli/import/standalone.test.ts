import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { kinds } from '../../../src/kinds/table.ts';
import { decodeFile } from '../../../src/manifest/decode.ts';
import type { DomainSpec } from '../../../src/model/domain.ts';
import { imported } from '../../support/imported.ts';

/** A directory as libvirt keeps one. */
let libvirt = '';

beforeEach(() => {
  libvirt = mkdtempSync(join(tmpdir(), 'qv-libvirt-'));
});

afterEach(() => rmSync(libvirt, { recursive: true, force: true }));

function write(file: string, text: string): string {
  const path = join(libvirt, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const network = (name: string, rest: string) =>
  write(
    `qemu/networks/${name}.xml`,
    `<!-- made by libvirt -->\n<network><name>${name}</name>${rest}</network>`,
  );

const pool = (name: string, type: string, rest: string) =>
  write(`storage/${name}.xml`, `<pool type='${type}'><name>${name}</name>${rest}</pool>`);

const domain = (devices: string, name = 'web') =>
  `<domain type='qemu'><name>${name}</name><memory>65536</memory><os><type>hvm</type></os><devices>${devices}</devices></domain>`;

const card = (source: string, rest = '') =>
  `<interface type='network'><source ${source}/>${rest}<model type='virtio'/></interface>`;

const disk = (source: string) =>
  `<disk type='volume' device='disk'><driver type='qcow2'/><source ${source}/><target dev='vda' bus='virtio'/></disk>`;

async function specOf(devices: string): Promise<DomainSpec> {
  write('qemu/web.xml', domain(devices));
  const { out } = await imported(join(libvirt, 'qemu'));
  const { declared, diagnostics } = decodeFile({ path: 'x.yaml', text: out }, kinds);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return declared[0]?.def.spec as DomainSpec;
}

const cardOf = async (source: string, rest?: string) =>
  (await specOf(card(source, rest))).devices?.interfaces?.[0];
const diskOf = async (source: string) => (await specOf(disk(source))).devices?.disks?.[0];

describe("a card of libvirt's network", () => {
  test.each([
    ['nat', "<forward mode='nat'/><bridge name='virbr0'/>", 'virbr0'],
    ['nat by default', "<forward/><bridge name='virbr1'/>", 'virbr1'],
    ['route', "<forward mode='route'/><bridge name='virbr2'/>", 'virbr2'],
    ['open', "<forward mode='open'/><bridge name='virbr3'/>", 'virbr3'],
    ['isolated', "<bridge name='virbr4'/>", 'virbr4'],
    ['a bridge of the host', "<forward mode='bridge'/><bridge name='br0'/>", 'br0'],
  ])('is on its bridge: %s', async (_, rest, bridge) => {
    network('lan', rest);
    expect(await cardOf("network='lan'")).toMatchObject({ bridge, model: 'virtio' });
  });

  test.each(['bridge', 'vepa', 'private', 'passthrough'] as const)(
    'is a macvtap on its interface: %s',
    async (mode) => {
      network('lan', `<forward mode='${mode}'><interface dev='eth0'/></forward>`);
      expect(await cardOf("network='lan'")).toMatchObject({ type: 'direct', dev: 'eth0', mode });
    },
  );

  test('is a device of the host, which no other card gets', async () => {
    const address = (slot: number) => `<address type='pci' domain='0' bus='7' slot='${slot}' function='1'/>`;
    network(
      'vf',
      `<forward mode='hostdev' managed='yes'><driver name='vfio'/>${address(0)}${address(1)}</forward>`,
    );
    const { devices } = await specOf(card("network='vf'") + card("network='vf'") + card("network='vf'"));
    expect(devices?.interfaces).toMatchObject([
      { type: 'hostdev', detach: true, driver: 'vfio', pci: { bus: 7, slot: 0, function: 1 } },
      { type: 'hostdev', pci: { bus: 7, slot: 1 } },
      { type: 'network', network: 'vf' },
    ]);
    expect(devices?.interfaces?.[0]?.model).toBeUndefined();
  });

  test('has from port group and network what it does not say itself', async () => {
    network(
      'ovs',
      `<forward mode='bridge'/><bridge name='ovsbr0'/><virtualport type='openvswitch'/><vlan><tag id='1'/></vlan>
      <portgroup name='plain' default='yes'><bandwidth><inbound average='10'/></bandwidth></portgroup>
      <portgroup name='tagged' trustGuestRxFilters='yes'><vlan><tag id='42'/></vlan></portgroup>`,
    );
    const ids = "interfaceid='09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f'";
    expect(
      await cardOf(
        "network='ovs' portgroup='tagged'",
        `<virtualport><parameters instanceid='19b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f' ${ids}/></virtualport>`,
      ),
    ).toMatchObject({
      bridge: 'ovsbr0',
      trustGuestRxFilters: true,
      vlan: { tags: [{ id: 42 }] },
      virtualport: { type: 'openvswitch', interfaceId: '09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f' },
    });
    expect(await cardOf("network='ovs'")).toMatchObject({
      vlan: { tags: [{ id: 1 }] },
      bandwidth: { inbound: { average: 10 } },
    });
  });

  test('is promised no part of a line that nobody divides', async () => {
    network('lan', "<forward/><bridge name='virbr0'/><port isolated='yes'/>");
    const limits = "<bandwidth><inbound average='10' floor='5'/></bandwidth>";
    expect(await cardOf("network='lan'", limits)).toMatchObject({
      isolated: true,
      bandwidth: { inbound: { average: 10 } },
    });
  });

  test('stays with a word to it where nobody knows the network', async () => {
    write('qemu/web.xml', domain(card("network='nowhere'")));
    const { out, err } = await imported(join(libvirt, 'qemu'));
    expect(out).toMatch(/# libvirt's network nowhere: write the bridge/);
    expect(err).toMatch(/^network nowhere +web +not known: .*net-dumpxml/m);
  });

  test('is where it ran, in the XML of a machine that runs', async () => {
    const running = (source: string) => domain(card(source)).replace("type='qemu'", "type='qemu' id='3'");
    const status = (actual: string) =>
      `<domstatus state='running'>${running("network='lan'").replace('<model', `<actual type='network'>${actual}</actual><model`)}</domstatus>`;
    for (const text of [
      running("network='lan' portid='1b' bridge='virbr7'"),
      status("<source bridge='virbr7'/>"),
    ])
      expect((await imported(write('dump.xml', text))).out).toContain('bridge: virbr7');
    expect((await imported(write('dump.xml', running("network='l' dev='eth3' mode='private'")))).out).toMatch(
      /type: direct, dev: eth3, mode: private/,
    );
  });
});

describe("a disk of libvirt's pool", () => {
  const target = '<target><path>/srv/pool</path></target>';

  test.each([
    ['dir', '', { file: '/srv/pool/a b.qcow2' }],
    ['fs', '', { file: '/srv/pool/a b.qcow2' }],
    ['netfs', '', { file: '/srv/pool/a b.qcow2' }],
    ['logical', '<source><name>vg0</name></source>', { block: '/srv/pool/a b.qcow2' }],
    ['disk', '', { block: '/srv/pool/a b.qcow2' }],
    ['zfs', '<source><name>tank</name></source>', { block: '/srv/pool/a b.qcow2' }],
  ])('is at its path: %s', async (type, rest, expected) => {
    pool('images', type, rest + target);
    expect(await diskOf("pool='images' volume='a b.qcow2'")).toMatchObject({
      ...expected,
      format: 'qcow2',
      bus: 'virtio',
      dev: 'vda',
    });
  });

  test('is opened over the network by QEMU where libvirt has it so', async () => {
    const from = `<source><host name='san' port='3261'/><device path='iqn.2026-01.test:p'/>
      <initiator><iqn name='iqn.2026-01.test:us'/></initiator>
      <auth type='chap' username='bob'><secret usage='san'/></auth></source>`;
    pool('san', 'iscsi', from);
    expect((await diskOf("pool='san' volume='unit:0:0:4' mode='direct'"))?.network).toMatchObject({
      protocol: 'iscsi',
      name: 'iqn.2026-01.test:p/4',
      hosts: [{ name: 'san', port: 3261 }],
      initiator: 'iqn.2026-01.test:us',
      auth: { username: 'bob', type: 'iscsi', secret: { usage: 'san' } },
    });
  });

  test('stays with a word to it where nobody knows the pool', async () => {
    write('qemu/web.xml', domain(disk("pool='images' volume='a.qcow2'")));
    const { out, err } = await imported(join(libvirt, 'qemu'));
    expect(out).toMatch(/# needs a Volume named a\.qcow2; or write file:/);
    expect(err).toMatch(/^volume a\.qcow2 +web +pool not known: .*vol-path/m);
  });
});

test('what the host has to provide is said once, with all who need it', async () => {
  network('lan', "<forward/><bridge name='virbr0'/><ip address='10.0.0.1' prefix='24'><dhcp/></ip>");
  pool('nfs', 'netfs', '<target><path>/srv/nfs</path></target>');
  write('qemu/a.xml', domain(card("network='lan'") + disk("pool='nfs' volume='a.qcow2'"), 'a'));
  write('qemu/b.xml', domain(card("network='lan'"), 'b'));
  const { out, err } = await imported(libvirt);
  expect(out).toMatch(/# libvirt's network lan \(nat, DHCP\)\n +- \{.*bridge: virbr0/);
  expect(err).toMatch(/^bridge virbr0 +a, b +keep libvirt's network lan \(nat, DHCP\), or make the bridge/m);
  expect(err).toMatch(/^mount \/srv\/nfs +a +must be there/m);
});

test('XML has the bridge too, and at the top what YAML says at its place', async () => {
  network('lan', "<forward/><bridge name='virbr0'/>");
  write(
    'qemu/web.xml',
    domain(`${card("network='lan'")}<interface type='user'><filterref filter='a--b'/></interface>`),
  );
  const { out } = await imported(join(libvirt, 'qemu'), '-o', 'xml');
  expect(out).toMatch(
    /^<!--\n {2}Imported from [\s\S]*interfaces\[0\]: libvirt's network lan \(nat\)[\s\S]*-->\n<domain/,
  );
  const { declared } = decodeFile({ path: 'x.xml', text: out }, kinds);
  expect(declared[0]?.def).toMatchObject({
    spec: { devices: { interfaces: [{ type: 'bridge', bridge: 'virbr0' }, {}] } },
  });
});

test('networks and pools may stand among the files', async () => {
  const lan = write('x/lan.xml', "<network><name>lan</name><forward/><bridge name='virbr9'/></network>");
  const web = write('x/web.xml', domain(card("network='lan'")));
  const { out, err } = await imported(web, lan);
  expect(out).toContain('bridge: virbr9');
  expect(err).toContain('1 of 1 taken over');
  await expect(imported(lan)).rejects.toThrow('no domain XML');
});

test('a running libvirt is asked for networks, pools, volumes, saved states, snapshots and checkpoints', async () => {
  const virsh = write(
    'virsh',
    `#!/bin/sh
case "$*" in
  'list --all --uuid') echo 0b8a4dc5-0b59-4d0e-a7ad-5f3a8e0f4c11; echo 1b8a4dc5-0b59-4d0e-a7ad-5f3a8e0f4c11 ;;
  'dominfo 0'*) printf 'Name:           web\\nState:          shut off\\nPersistent:     yes\\nManaged save:   yes\\n' ;;
  'dumpxml'*) cat ${write('web.xml', domain(card("network='lan'") + disk("pool='scsi' volume='unit:0'")))} ;;
  'net-list --all --name') echo lan ;;
  'net-dumpxml --network=lan') echo "<network><name>lan</name><bridge name='virbr0'/></network>" ;;
  'pool-list --all --name') echo scsi ;;
  'pool-dumpxml --pool=scsi') echo "<pool type='scsi'><name>scsi</name></pool>" ;;
  'vol-path --pool=scsi --vol=unit:0') echo /dev/disk/by-id/wwn-0x5 ;;
  'snapshot-list'*) printf 'before\\nafter\\n\\n' ;;
  *) exit 1 ;;
esac
`,
  );
  chmodSync(virsh, 0o755);
  const { out, err, status } = await imported('--from-libvirt', '--virsh', virsh);
  expect(out).toContain('bridge: virbr0');
  expect(out).toContain('block: /dev/disk/by-id/wwn-0x5');
  expect(out).toMatch(/# libvirt holds its memory \(managedsave\)/);
  expect(out).toMatch(/# libvirt knows 2 snapshots of it, not taken over: before, after\./);
  expect(err).toMatch(/^2 snapshots +web +.*--snapshots-metadata/m);
  // The other was gone before it was looked at.
  expect([status, err]).toEqual([1, expect.stringMatching(/^1b8a4dc5\S* .*not taken over: unreadable/m)]);
});
