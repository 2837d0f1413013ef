import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { kinds } from '../../src/kinds/table.ts';
import { decodeFile } from '../../src/manifest/decode.ts';
import type { DomainDef } from '../../src/model/domain.ts';
import { imported } from '../support/imported.ts';

const libvirt = resolve(import.meta.dirname, '../fixtures/libvirt');
const live = join(libvirt, 'live/running.xml');
let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'qv-import-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function domainIn(text: string, path = 'x.yaml'): DomainDef {
  const { declared, diagnostics } = decodeFile({ path, text }, kinds);
  expect(diagnostics).toEqual([]);
  return declared[0]?.def as DomainDef;
}

describe("libvirt's own directory", () => {
  test('becomes one file a domain; one that cannot be taken over stops no other', async () => {
    const { out, err, status } = await imported(libvirt, '--output-dir', directory);
    expect(status).toBe(1);
    expect(readdirSync(directory).sort()).toEqual(['Buro-PC.yaml', 'db.yaml']);
    expect(err).toContain('odd.xml:11:5');
    expect(err).toContain('flux');
    expect(out).toMatch(/^odd .*not taken over: 1 error$/m);
    expect(out).toContain('2 of 3 taken over');
  });

  test('an autostart link becomes autostart; without one a person starts it', async () => {
    await imported(join(libvirt, 'qemu'), '--output-dir', directory);
    const spec = (file: string) => domainIn(readFileSync(join(directory, file), 'utf8')).spec;
    expect(spec('db.yaml')).toMatchObject({ runStrategy: 'Manual', autostart: true });
    expect(spec('Buro-PC.yaml')).toMatchObject({ runStrategy: 'Manual' });
    expect(spec('Buro-PC.yaml').autostart).toBeUndefined();
  });

  test('keeps all that the guest knows: uuid, machine version, MAC, addresses', async () => {
    await imported(join(libvirt, 'qemu'), '--output-dir', directory);
    const { spec } = domainIn(readFileSync(join(directory, 'db.yaml'), 'utf8'));
    expect(spec).toMatchObject({
      accel: 'kvm',
      uuid: '0b8a4dc5-0b59-4d0e-a7ad-5f3a8e0f4c11',
      os: { machine: 'pc-i440fx-6.2' },
    });
    expect(spec.devices?.disks?.[0]?.address).toMatchObject({ bus: 0, slot: 9 });
    expect(spec.devices?.interfaces?.[0]).toMatchObject({ mac: '52:54:00:d1:5c:01', address: { slot: 3 } });
    expect(spec.devices?.memballoon?.address).toMatchObject({ slot: 5 });
  });

  test('a name that YAML has no form for is written otherwise, and kept beside', async () => {
    await imported(join(libvirt, 'qemu'), '--output-dir', directory);
    const text = readFileSync(join(directory, 'Buro-PC.yaml'), 'utf8');
    expect(text).toContain('# libvirt calls it "Büro PC"');
    expect(domainIn(text).metadata).toEqual({ name: 'Buro-PC', annotations: { 'libvirt/name': 'Büro PC' } });
    const xml = await imported(join(libvirt, 'qemu/office.xml'), '-o', 'xml');
    expect(domainIn(xml.out, 'x.xml').metadata.name).toBe('Büro PC');
  });

  test('sockets that libvirt makes at each start are not taken over', async () => {
    const { out } = await imported(join(libvirt, 'qemu/office.xml'));
    expect(out).not.toContain('/var/lib/libvirt');
  });

  test('firmware variables that are not found are spoken of, not lost in silence', async () => {
    const { out } = await imported(join(libvirt, 'qemu/office.xml'));
    expect(out).toMatch(/# UEFI variables .* made anew/);
  });
});

describe('a file that is there already', () => {
  test('is not written over without --force', async () => {
    const path = join(directory, 'db.yaml');
    writeFileSync(path, 'mine');
    const { out, status } = await imported(join(libvirt, 'qemu/db.xml'), '--output-dir', directory);
    expect([status, readFileSync(path, 'utf8')]).toEqual([1, 'mine']);
    expect(out).toContain('--force');
    expect((await imported(join(libvirt, 'qemu/db.xml'), '--output-dir', directory, '--force')).status).toBe(
      0,
    );
    expect(readFileSync(path, 'utf8')).not.toBe('mine');
  });

  test('and says the same is no mistake', async () => {
    const again = () => imported(join(libvirt, 'qemu/db.xml'), '--output-dir', directory);
    expect((await again()).status).toBe(0);
    const second = await again();
    expect([second.status, second.out]).toEqual([0, expect.stringContaining('unchanged')]);
  });
});

describe('the XML of a machine that runs', () => {
  test('loses what only runs: ids, aliases, opened files, taps, labels', async () => {
    const { out, status } = await imported(live, '-o', 'xml');
    expect(status).toBe(0);
    for (const runtime of ["id='42'", 'virtio-disk0', '/dev/pts', 'vnet3', 'seclabel', 'resource', '5901'])
      expect(out).not.toContain(runtime);
    for (const kept of [
      'ua-lan',
      'mytap',
      '/srv/running.qcow2',
      '/srv/base.qcow2',
      'running_VARS.fd',
      "bus='0x02'",
    ])
      expect(out).toContain(kept);
  });

  test('says that it ran, and starts again by hand only', async () => {
    const { out } = await imported(live);
    expect(out).toMatch(/# It was running: stop it there first/);
    expect(domainIn(out).spec.runStrategy).toBe('Manual');
  });

  test('takes the run strategy that is asked for', async () => {
    const { out } = await imported(live, '--run-strategy', 'Always');
    expect(parse(out).spec.runStrategy).toBe('Always');
  });
});

describe('what cannot be taken over', () => {
  test('with --partly is left out, and the file says so', async () => {
    const { out, err, status } = await imported(join(libvirt, 'qemu/odd.xml'), '--partly');
    expect(status).toBe(0);
    expect(out).toMatch(/# NOT TAKEN OVER, line 11: .*flux/);
    expect(err).toContain('1 left out');
    expect(domainIn(out).spec.devices?.rngs).toHaveLength(1);
  });

  test('a file that is no domain is an error', async () => {
    const path = join(directory, 'net.xml');
    writeFileSync(path, '<domainsnapshot><name>s</name></domainsnapshot>');
    expect((await imported(path)).status).toBe(1);
    writeFileSync(path, '<domain><name>half');
    expect((await imported(path)).status).toBe(1);
    await expect(imported(join(directory, 'nothing.xml'))).rejects.toThrow('there is no');
    await expect(imported()).rejects.toThrow('import needs');
  });
});

test('several documents in one file are several domains, with the lines of that file', async () => {
  const path = join(directory, 'dump.xml');
  const read = (file: string) => readFileSync(join(libvirt, file), 'utf8');
  const db = read('qemu/db.xml');
  writeFileSync(path, `${db}\n${read('live/running.xml')}\n${read('qemu/odd.xml')}`);
  const { out, err, status } = await imported(path);
  expect(status).toBe(1);
  expect(out.split('\n---\n')).toHaveLength(2);
  const line = db.split('\n').length + read('live/running.xml').split('\n').length + 11;
  expect(err).toContain(`dump.xml:${line}:5`);
});

test('a file of libvirtd about a machine that runs is taken apart', async () => {
  const path = join(directory, 'status.xml');
  const domain = readFileSync(live, 'utf8')
    .replace(
      "<source file='/srv/running.qcow2'",
      "<privateData><qom name='/machine/peripheral/virtio-disk0'/></privateData>$&",
    )
    .replace('<graphics ', "$&websocketGenerated='no' ");
  writeFileSync(
    path,
    `<!-- made by libvirtd -->\n<domstatus state='paused' reason='user' pid='7'>\n<monitor path='/m'/>\n${domain}\n</domstatus>\n`,
  );
  const { out, err, status } = await imported(path);
  expect([status, err]).toEqual([0, expect.stringMatching(/running +running/)]);
  expect(out.replace('status.xml', 'running.xml')).toContain(
    (await imported(live)).out.split('\n').slice(2).join('\n'),
  );

  writeFileSync(
    path,
    "<domstatus state='running' pid='7'>\n<domain type='kvm' id='1'>\n<flux/></domain></domstatus>",
  );
  expect((await imported(path)).err).toMatch(/status\.xml:3:1: /);
});

test('a port for websockets that a person chose is kept beside those that libvirt chooses', async () => {
  const path = join(directory, 'screen.xml');
  const screen = (attributes: string, id = '') => {
    const devices = `<devices><graphics type='vnc' autoport='yes' port='5904' ${attributes}/></devices>`;
    const os = '<os><type>hvm</type></os>';
    writeFileSync(
      path,
      `<domain type='qemu'${id}><name>w</name><memory>65536</memory>${os}${devices}</domain>`,
    );
    return imported(path);
  };
  expect((await screen("websocket='5700'")).out).toContain('- {type: vnc, websocket: 5700}');
  const chosen = await screen("websocket='5701' websocketGenerated='yes'", " id='1'");
  expect(chosen.out).toContain('- {type: vnc, websocket: -1}');
});

test('backing files that libvirt found are named; one that only the image names is told', async () => {
  const base = { format: 'qcow2', file: '/srv/base.qcow2', backingStore: { terminal: true } };
  const [disk] = domainIn((await imported(live)).out).spec.devices?.disks ?? [];
  expect(disk?.backingStore).toMatchObject(base);

  const image = join(directory, 'linked.qcow2');
  const head = Buffer.alloc(104);
  head.writeUInt32BE(0x514649fb, 0);
  head.writeUInt32BE(2, 4);
  head.writeBigUInt64BE(72n, 8);
  head.writeUInt32BE(9, 16);
  writeFileSync(image, head);
  const path = join(directory, 'off.xml');
  const off = readFileSync(live, 'utf8')
    .replace(/ id='\d+'/, '')
    .replace(/<backingStore[\s\S]*<\/backingStore>/, '');
  writeFileSync(path, off.replace('/srv/running.qcow2', image));
  expect((await imported(path)).out).toContain(
    `# it has a backing file: name it in backingStore (qemu-img info --backing-chain ${image})`,
  );
});

test('a running libvirt is asked through virsh, for the form that it would start next time', async () => {
  const virsh = join(directory, 'virsh');
  const inactive = join(libvirt, 'qemu/db.xml');
  // It says what virsh says, and remembers what it was asked.
  writeFileSync(
    virsh,
    `#!/bin/sh
echo "$*" >> ${directory}/asked
case "$*" in
  *'list --all --uuid') printf '0b8a4dc5-0b59-4d0e-a7ad-5f3a8e0f4c11\\n\\n' ;;
  *dominfo*) printf 'Name:           db\\nState:          running\\nPersistent:     yes\\nAutostart:      enable\\n' ;;
  *'dumpxml --inactive'*) cat ${inactive} ;;
  *) exit 1 ;;
esac
`,
  );
  chmodSync(virsh, 0o755);
  const { out, status } = await imported(
    '--from-libvirt',
    'qemu:///system',
    '--virsh',
    virsh,
    '--output-dir',
    directory,
  );
  expect([status, existsSync(join(directory, 'db.yaml'))]).toEqual([0, true]);
  expect(out).toMatch(/^db +running, autostart +UnlessStopped/m);
  expect(domainIn(readFileSync(join(directory, 'db.yaml'), 'utf8')).spec.runStrategy).toBe('UnlessStopped');
  expect(readFileSync(join(directory, 'asked'), 'utf8')).toMatch(/^--connect qemu:\/\/\/system list/);
});
