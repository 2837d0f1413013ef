import { describe, expect, it } from 'vitest';
import { domainCodec } from '../../../src/kinds/domain/codec.ts';
import { domainSchema } from '../../../src/kinds/domain/schema.ts';
import { documentFromXml, fromXml, fromYaml, toXml } from '../../support/decode-domain.ts';

describe('YAML and XML of one domain', () => {
  it('decode to equal definitions', () => {
    const yaml = fromYaml(`
      accel: tcg
      memory: 2GiB
      vcpus: 2
      cpu: host-passthrough
      terminationGracePeriod: 1m
      devices:
        disks: [{name: root, file: /a.qcow2, format: qcow2, dev: vda, bus: virtio}, {device: cdrom, dev: sda, bus: sata, readonly: true}]
        interfaces: [{bridge: br0}, {mac: '52:54:00:AA:BB:CC'}]
        channels: [{targetName: org.qemu.guest_agent.0}]
        graphics: [{type: vnc}]`);
    const xml = fromXml(`
      <metadata><q:domain xmlns:q='urn:qonverge:v1' terminationGracePeriod='60'/></metadata>
      <vcpu>2</vcpu><cpu mode='host-passthrough'/>
      <devices>
        <disk type='file'><driver name='qemu' type='qcow2'/><source file='/a.qcow2'/><target dev='vda' bus='virtio'/><alias name='ua-root'/></disk>
        <disk type='file' device='cdrom'><target dev='sda' bus='sata'/><readonly/></disk>
        <interface type='bridge'><source bridge='br0'/></interface>
        <interface type='user'><mac address='52:54:00:aa:bb:cc'/></interface>
        <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
        <graphics type='vnc' port='-1' autoport='yes'/>
      </devices>`);
    expect(xml.found).toEqual([]);
    expect(yaml.spec).toEqual({ ...xml.spec, memory: 2 * 1024 ** 3 });
  });
});

it('a drive for media of the network without a source is empty', () => {
  const { found, spec } = fromXml(
    "<devices><disk type='network' device='cdrom'><target dev='sda' bus='sata'/></disk></devices>",
  );
  expect(found).toEqual([]);
  expect(spec?.devices?.disks?.[0]).not.toHaveProperty('network');
});

describe('accel', () => {
  it('is kvm or tcg by the type of the domain', () => {
    expect(fromXml('', 'kvm').spec?.accel).toBe('kvm');
    expect(fromXml('', 'qemu').spec?.accel).toBe('tcg');
  });

  it('is auto in our own metadata, beside a type that libvirt takes', () => {
    const { def } = fromYaml('accel: auto');
    expect(toXml(def)).toContain("<domain type='kvm'>");
    expect(toXml(def)).toContain("<q:domain xmlns:q='urn:qonverge:v1' accel='auto'/>");
    expect(documentFromXml(toXml(def)).spec?.accel).toBe('auto');
  });

  it('of another hypervisor gives no definition', () => {
    const { def, found } = fromXml('', 'xen');
    expect(def).toBeUndefined();
    expect(found).toContain('not-supported spec.accel');
  });
});

describe('acpi', () => {
  it('is off in XML that does not name it, as for libvirt', () => {
    const { spec } = documentFromXml(
      "<domain type='kvm'><name>a</name><memory>1</memory><os><type>hvm</type></os></domain>",
    );
    expect(spec?.features).toEqual({ acpi: false });
  });

  it('is on in YAML that does not name it', () => {
    expect(fromYaml('{}').spec?.features).toEqual({ acpi: true });
    expect(toXml(fromYaml('{}').def)).toContain('<acpi/>');
  });
});

describe('metadata', () => {
  const ours = `<metadata><q:domain xmlns:q='urn:qonverge:v1' runStrategy='Manual' autostart='yes'>
    <q:label name='app' value='web'/><q:annotation name='note' value='x'/></q:domain>
    <lo:os xmlns:lo='urn:lo'><lo:id v='1'/></lo:os></metadata>`;

  it('of our own namespace says what libvirt has no word for', () => {
    const { def, found } = fromXml(ours);
    expect(found).toEqual([]);
    expect(def?.metadata).toEqual({ name: 'a', labels: { app: 'web' }, annotations: { note: 'x' } });
    expect(def?.spec).toMatchObject({ runStrategy: 'Manual', autostart: true });
  });

  it('of others is kept as text that stands alone', () => {
    expect(fromXml(ours).spec?.metadataXml).toBe("<lo:os xmlns:lo='urn:lo'>\n  <lo:id v='1'/>\n</lo:os>");
  });

  it('keeps namespaces that were declared further out', () => {
    const { spec } = documentFromXml(
      "<domain type='kvm' xmlns:lo='urn:lo'><name>a</name><memory>1</memory><metadata><lo:os lo:a='1' b='2'><c xmlns='urn:c'/></lo:os></metadata></domain>",
    );
    expect(spec?.metadataXml).toBe(
      "<lo:os xmlns:lo='urn:lo' lo:a='1' b='2'>\n  <c xmlns='urn:c'/>\n</lo:os>",
    );
  });

  it('in YAML must be well-formed and of others', () => {
    expect(fromYaml("metadataXml: '<a>'").found).toEqual(['xml-syntax spec.metadataXml']);
    expect(fromYaml('metadataXml: "<q:domain xmlns:q=\'urn:qonverge:v1\'/>"').found).toEqual([
      'xml-syntax spec.metadataXml',
    ]);
    expect(fromYaml("metadataXml: 'words'").found).toEqual(['xml-syntax spec.metadataXml']);
  });

  it('of ours with an unknown word is a mistake with a way out', () => {
    const { problems } = fromXml(
      "<metadata><q:domain xmlns:q='urn:qonverge:v1' runstrategy='Manual'/></metadata>",
    );
    expect(problems).toMatchObject([
      { code: 'xml-unknown-attribute', suggestion: 'did you mean runStrategy= ?' },
    ]);
  });
});

describe('a device', () => {
  const serial = (alias: string) =>
    fromXml(`<devices><serial type='pty'><alias name='${alias}'/></serial></devices>`);

  it('has its name in the user alias', () => {
    expect(serial('ua-console').spec?.devices?.serials).toEqual([{ type: 'pty', name: 'console' }]);
    expect(toXml(serial('ua-console').def)).toContain("<alias name='ua-console'/>");
  });

  it('of a live domain has an alias that is no name', () => {
    expect(serial('serial0').spec?.devices?.serials).toEqual([{ type: 'pty', alias: 'serial0' }]);
  });

  it('needs no alias beside its name', () => {
    const { spec } = fromYaml('devices: {serials: [{name: x, alias: ua-x}]}');
    expect(spec?.devices?.serials).toEqual([{ type: 'pty', name: 'x' }]);
  });

  it('at a PCI address counts what is left out as 0, as libvirt does', () => {
    const { spec } = fromXml(
      "<devices><memballoon model='virtio'><address type='pci' slot='0x1f'/></memballoon></devices>",
    );
    expect(spec?.devices?.memballoon?.address).toEqual({
      type: 'pci',
      domain: 0,
      bus: 0,
      slot: 31,
      function: 0,
    });
    const bare = fromXml("<devices><memballoon model='virtio'><address type='pci'/></memballoon></devices>");
    expect(bare.spec?.devices?.memballoon?.address).toEqual({ type: 'pci' });
  });
});

describe('a disk', () => {
  const disk = (inner: string, type = 'file') =>
    fromXml(`<devices><disk type='${type}'>${inner}<target dev='vda'/></disk></devices>`);

  it('on a volume names the only pool', () => {
    const { def, found } = disk("<source pool='default' volume='root'/>", 'volume');
    expect(found).toEqual([]);
    expect(def?.spec.devices?.disks).toEqual([{ type: 'volume', volume: 'root', dev: 'vda' }]);
    expect(toXml(def)).toContain("<source pool='default' volume='root'/>");
    expect(disk("<source volume='root'/>", 'volume').def).toEqual(def);
  });

  it('on a volume of another pool keeps its name', () => {
    const { def, found } = disk("<source pool='ssd' volume='root'/>", 'volume');
    expect(found).toEqual([]);
    expect(toXml(def)).toContain("<source pool='ssd' volume='root'/>");
  });

  it('takes only the driver name qemu', () => {
    expect(disk("<driver name='phy'/>").found).toEqual(['not-supported spec.devices.disks[0]/driver@name']);
  });

  it('with an empty backing store has no backing file', () => {
    expect(disk("<source file='/a'/><backingStore/>").spec?.devices?.disks?.[0]?.backingStore).toEqual({
      terminal: true,
    });
  });

  it('with a chain keeps all of it', () => {
    const { spec } = disk(
      "<backingStore type='file'><format type='qcow2'/><source file='/b'/><backingStore type='block'><source dev='/dev/c'/><backingStore/></backingStore></backingStore>",
    );
    expect(spec?.devices?.disks?.[0]?.backingStore).toEqual({
      type: 'file',
      file: '/b',
      format: 'qcow2',
      backingStore: { type: 'block', block: '/dev/c', backingStore: { terminal: true } },
    });
  });

  it('on a server keeps its words apart from those of other types', () => {
    const { spec, found } = disk("<source protocol='rbd' name='x'><host name='h'/></source>", 'network');
    expect(found).toEqual([]);
    expect(spec?.devices?.disks?.[0]).toMatchObject({
      type: 'network',
      network: { protocol: 'rbd', name: 'x', hosts: [{ name: 'h' }] },
    });
  });

  it('takes its secret in the source or beside it, and not in both', () => {
    const auth = "<auth username='u'><secret type='iscsi' usage='s'/></auth>";
    const source = (inner: string) =>
      `<source protocol='iscsi' name='iqn/1'><host name='h'/>${inner}</source>`;
    expect(disk(source('') + auth, 'network').def).toEqual(disk(source(auth), 'network').def);
    expect(disk(source(auth) + auth, 'network').found).toHaveLength(1);
  });

  it('is written in the order of libvirt', () => {
    const { def } = fromYaml(
      'devices: {disks: [{name: a, serial: s, readonly: true, bus: virtio, file: /x, cache: none, bootOrder: 1, iotune: {totalIopsSec: 5}}]}',
    );
    const children = domainCodec.toXml(def as NonNullable<typeof def>).children.at(-1);
    const disks = children?.type === 'element' ? children.children[0] : undefined;
    const names =
      disks?.type === 'element'
        ? disks.children.map((child) => (child.type === 'element' ? child.name : ''))
        : [];
    expect(names).toEqual(['driver', 'source', 'target', 'iotune', 'readonly', 'serial', 'boot', 'alias']);
  });
});

describe('graphics', () => {
  const vnc = (attributes: string, inner = '') =>
    fromXml(`<devices><graphics type='vnc' ${attributes}>${inner}</graphics></devices>`);

  it('without a port, with -1 and with autoport all mean a port chosen at start', () => {
    const expected = [{ type: 'vnc', autoport: true, listenType: 'address' }];
    for (const attributes of ['', "port='-1'", "port='5900' autoport='yes'", "port='-1' autoport='yes'"]) {
      expect(vnc(attributes).spec?.devices?.graphics).toEqual(expected);
    }
  });

  it('says its address in the old and in the new way', () => {
    const listen = "<listen type='address' address='::1'/>";
    expect(vnc("port='5901' listen='::1'", listen).spec?.devices?.graphics).toEqual([
      { type: 'vnc', port: 5901, listenType: 'address', listen: '::1' },
    ]);
    expect(vnc("port='5901' listen='::1'").def).toEqual(vnc("port='5901'", listen).def);
  });

  it('with two different addresses is refused', () => {
    const { found } = vnc("listen='127.0.0.1'", "<listen type='address' address='::1'/>");
    expect(found).toEqual(['conflicting-options spec.devices.graphics[0].listen']);
  });

  it('can listen on a socket', () => {
    const { spec, found } = vnc('', "<listen type='socket' socket='/run/vnc.sock'/>");
    expect(found).toEqual([]);
    expect(spec?.devices?.graphics).toEqual([{ type: 'vnc', listenType: 'socket', socket: '/run/vnc.sock' }]);
  });
});

describe('strictness', () => {
  it('reports an unknown element with the name that was meant, where it stands', () => {
    const { problems, positions } = documentFromXml(
      "<domain type='kvm'>\n<name>a</name>\n<memory>1</memory><os><type>hvm</type></os>\n  <feature><acpi/></feature>\n</domain>",
    );
    expect(problems).toEqual([
      {
        code: 'xml-unknown-element',
        path: 'spec/feature',
        message: '<domain> has no element <feature>',
        suggestion: 'did you mean <features>?',
      },
    ]);
    expect(positions.get('spec/feature')).toEqual({ line: 4, column: 3 });
  });

  it('reports an unknown attribute below a device', () => {
    const { found, problems } = fromXml(
      "<devices><disk type='file'><driver cach='none'/><target dev='vda'/></disk></devices>",
    );
    expect(found).toEqual(['xml-unknown-attribute spec.devices.disks[0]/driver/@cach']);
    expect(problems[0]?.suggestion).toBe('did you mean cache= ?');
  });

  it('reports a second element where one is expected', () => {
    expect(fromXml('<vcpu>1</vcpu><vcpu>2</vcpu>').found).toEqual(['xml-duplicate-element spec/vcpu']);
    expect(fromXml("<devices><memballoon model='none'/><memballoon model='none'/></devices>").found).toEqual([
      'xml-duplicate-element spec.devices/memballoon',
    ]);
  });

  it('reports text where none belongs', () => {
    expect(fromXml('<devices>words</devices>').found).toEqual(['xml-text spec.devices/text()']);
  });

  it('names what a later release will know', () => {
    const { problems } = fromXml("<throttlegroups/><cpu deprecated_features='off'/>");
    expect(problems.map(({ code, message }) => [code, message])).toEqual([
      ['not-supported', 'deprecated_features= of <cpu> is not supported yet'],
      ['not-supported', '<throttlegroups> is not supported yet'],
    ]);
  });

  it('reports foreign elements outside of metadata', () => {
    const { found } = fromXml("<x:commandline xmlns:x='urn:x'><x:arg value='-x'/></x:commandline>");
    expect(found).toEqual(['xml-unknown-element spec/x:commandline']);
  });

  it('gives every problem of XML a position', () => {
    const { problems, positions } = fromXml(
      "<vcpus/><on_crash>explode</on_crash><clock offset='utx' x='1'/><devices><disk type='file' device='tape'/><input/></devices>",
    );
    expect(problems.length).toBeGreaterThan(4);
    const lost = problems.filter(({ code, path }) => code !== 'missing-field' && !positions.has(path));
    expect(lost).toEqual([]);
  });

  it('reports an unknown YAML field with the name that was meant', () => {
    expect(fromYaml('devices: {disks: [{fiel: /a}]}').problems).toEqual([
      {
        code: 'unknown-field',
        path: 'spec.devices.disks[0].fiel',
        message: 'unknown field "fiel"',
        suggestion: 'did you mean file?',
      },
    ]);
  });

  it('reports a missing field, and only once', () => {
    expect(fromYaml('devices: {controllers: [{index: 1}]}').found).toEqual([
      'missing-field spec.devices.controllers[0].type',
    ]);
    expect(fromYaml('devices: {controllers: [{type: x}]}').found).toEqual([
      'invalid-value spec.devices.controllers[0].type',
    ]);
  });

  it('takes no path that leaves its place', () => {
    for (const file of ['relative', '/a/../b', '/..', '/a/.', 'json:{}', '/a\\nb'].map(
      (text) => `"${text}"`,
    )) {
      expect(fromYaml(`devices: {disks: [{file: ${file}}]}`).found).toEqual([
        'invalid-value spec.devices.disks[0].file',
      ]);
    }
  });
});

describe('security labels', () => {
  it('are kept as they are written', () => {
    const { spec, found } = fromXml("<seclabel type='static' model='selinux'><label>a:b</label></seclabel>");
    expect(found).toEqual([]);
    expect(spec?.seclabels).toEqual([{ type: 'static', model: 'selinux', label: 'a:b' }]);
  });
});

describe('memory', () => {
  it('counts KiB in XML that names no unit', () => {
    expect(
      documentFromXml("<domain type='kvm'><name>a</name><memory>2048</memory></domain>").spec?.memory,
    ).toBe(2 * 1024 ** 2);
  });

  it('on huge pages names their sizes, or none for the default size', () => {
    expect(fromXml('<memoryBacking><hugepages/></memoryBacking>').spec?.memoryBacking).toEqual({
      hugepages: [],
    });
    const page = "<memoryBacking><hugepages><page size='1' unit='G'/></hugepages></memoryBacking>";
    expect(fromXml(page).spec?.memoryBacking).toEqual({ hugepages: [{ size: 1024 ** 3 }] });
  });
});

it('the line of a cache is counted in bytes, its size in KiB, where no unit is named', () => {
  const { found, spec } = fromXml(
    "<cpu><numa><cell id='0' memory='65536'><cache level='1' associativity='direct' policy='writeback'><size value='8'/><line value='64'/></cache></cell></numa></cpu>",
  );
  expect(found).toEqual([]);
  expect(spec?.cpu?.numa?.cells[0]?.caches).toMatchObject([{ size: 8192, line: 64 }]);
});

describe('the schema', () => {
  it('describes every property, with its place in XML', () => {
    const missing: string[] = [];
    function walk(node: unknown, path: string): void {
      if (typeof node !== 'object' || node === null) return;
      for (const [name, child] of Object.entries(node)) {
        if (name === 'properties' && !path.includes('entry')) {
          for (const [property, schema] of Object.entries(child as object)) {
            const { description } = schema as { description?: string };
            if (description === undefined) missing.push(`${path}.${property}`);
          }
        }
        walk(child, `${path}.${name}`);
      }
    }
    walk(domainSchema, '');
    // The words of a fixed set of entries, and the `type` by which variants are told apart.
    expect(missing.filter((path) => !/sysinfo|baseBoards|\.if\.|DeviceAddress\.type/.test(path))).toEqual([]);
  });
});

describe('a name', () => {
  it('in XML is what libvirt takes, in YAML a plain word', () => {
    const named = (name: string) =>
      documentFromXml(`<domain type='kvm'><name>${name}</name><memory>1</memory></domain>`);
    expect(named('Büro 1').def?.metadata.name).toBe('Büro 1');
    for (const bad of ['a/b', '.', '..', ' ']) expect(named(bad).def).toBeUndefined();
    const { problems } = domainCodec.fromYaml({
      apiVersion: 'qonverge/v1',
      kind: 'Domain',
      metadata: { name: 'Büro 1' },
      spec: { memory: 1 },
    });
    expect(problems).toMatchObject([{ code: 'invalid-name', path: 'metadata.name' }]);
  });
});
