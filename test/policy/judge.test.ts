import { describe, expect, test } from 'vitest';
import { kinds } from '../../src/kinds/table.ts';
import { decodeFile } from '../../src/manifest/decode.ts';
import { keyText } from '../../src/model/resource.ts';
import { decodePolicy } from '../../src/policy/decode.ts';
import { Judgements, judgeSource } from '../../src/policy/judge.ts';
import { matches } from '../../src/policy/pattern.ts';

const origin = 'https://git.example.com/team-a.git#main:.';

function policyOf(sources: string) {
  const text = `apiVersion: qonverge/v1\nkind: Policy\nsources:\n${sources}`;
  const { policy, diagnostics } = decodePolicy({ path: '/etc/qonverge/policy.yaml', text });
  expect(diagnostics).toEqual([]);
  return policy;
}

function judge(
  specs: string,
  {
    sources,
    trust = 'tenant' as const,
    owners = {},
  }: { sources?: string; trust?: 'tenant' | 'operator'; owners?: Record<string, string> } = {},
) {
  const { declared, diagnostics } = decodeFile({ path: 'vms/a.yaml', text: specs }, kinds);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const verdicts = judgeSource({
    policy: sources === undefined ? undefined : policyOf(sources),
    source: { origin, trust },
    declared: new Map(declared.map((item) => [keyText(item.key), item])),
    inside: (file) => file,
    ownPaths: ({ kind, name }) => (kind === 'Volume' ? [`/var/lib/qonverge/volumes/${name}.raw`] : []),
    ownerOf: (key) => owners[key],
    isHere: (key) => owners[key] !== undefined,
  });
  return [...verdicts].flatMap(([text, violations]) =>
    violations.map(({ code, message, position }) => `${text}:${position?.line} ${code} ${message}`),
  );
}

const domain = (spec: string, name = 'a') =>
  `apiVersion: qonverge/v1\nkind: Domain\nmetadata: {name: ${name}}\nspec:\n  memory: 1GiB\n${spec}`;
const volume = (name: string, spec = '') =>
  `---\napiVersion: qonverge/v1\nkind: Volume\nmetadata: {name: ${name}}\nspec: {capacity: 10GiB${spec}}\n`;

/** One spec for each thing of the host; each is refused to a tenant and granted by the field beside it. */
const reaches: readonly [name: string, spec: string, grant: string][] = [
  ['a disk file', '  devices: {disks: [{file: /srv/a.img, format: raw}]}\n', 'paths: {images: [/srv]}'],
  [
    'a backing file',
    '  devices: {disks: [{volume: v, backingStore: {file: /srv/b.img, format: raw}}]}\n',
    'paths: {images: [/srv]}, volumes: [v]',
  ],
  ['a cdrom', '  devices: {disks: [{device: cdrom, file: /srv/a.iso}]}\n', 'paths: {iso: [/srv]}'],
  [
    'a block device',
    '  devices: {disks: [{block: /dev/vg0/a, format: raw}]}\n',
    'devices: {block: ["/dev/vg0/*"]}',
  ],
  ['a kernel', '  os: {kernel: /srv/vmlinuz}\n', 'paths: {kernel: [/srv]}'],
  ['an initrd', '  os: {kernel: /usr/share/k, initrd: /srv/i}\n', 'paths: {kernel: [/srv, /usr/share]}'],
  [
    'firmware',
    '  os: {loader: {path: /srv/fw.fd, type: pflash, readonly: true}}\n',
    'paths: {firmware: [/srv]}',
  ],
  [
    'a store of variables',
    '  os: {loader: {path: /usr/share/OVMF/x.fd, type: pflash, readonly: true}, nvram: {path: /srv/v.fd}}\n',
    'paths: {images: [/srv]}',
  ],
  [
    'a ROM file',
    '  devices: {interfaces: [{network: lan, rom: {file: /srv/rom}}]}\n',
    'paths: {firmware: [/srv]}',
  ],
  ['an emulator', '  emulator: /opt/qemu\n', 'emulators: [/opt/qemu]'],
  ['a bridge', '  devices: {interfaces: [{type: bridge, bridge: br0}]}\n', 'bridges: [br0]'],
  [
    'a tap that is there',
    '  devices: {interfaces: [{type: ethernet, target: tap0, managed: false}]}\n',
    'interfaces: [tap*]',
  ],
  ['a macvtap', '  devices: {interfaces: [{type: direct, dev: eth0}]}\n', 'interfaces: [eth0]'],
  [
    'a switch that is a process',
    '  devices: {interfaces: [{type: vhostuser, model: virtio, vhostuser: {path: /srv/sock, mode: server}}]}\n',
    'paths: {sockets: [/srv]}',
  ],
  [
    'a vdpa device',
    '  devices: {interfaces: [{type: vdpa, model: virtio, dev: /dev/vhost-vdpa-0}]}\n',
    'devices: {char: [/dev/vhost-vdpa-0]}',
  ],
  [
    'a card of the host',
    '  devices: {interfaces: [{type: hostdev, pci: {bus: 3, slot: 0}}]}\n',
    "devices: {pci: ['0000:03:00.0']}",
  ],
  [
    'a wire to another host',
    '  devices: {interfaces: [{type: client, socket: {address: 10.0.0.2, port: 5558}}]}\n',
    "connect: ['10.0.0.2:5558']",
  ],
  [
    'ports of the host',
    '  devices: {interfaces: [{type: user, backend: {type: passt, hostLoopback: false}, portForwards: [{proto: tcp, ranges: [{start: 80}]}]}]}\n',
    "listen: ['0.0.0.0:80']",
  ],
  [
    'all ports but one',
    '  devices: {interfaces: [{type: user, backend: {type: passt, hostLoopback: false}, portForwards: [{proto: tcp, ranges: [{start: 80, exclude: true}]}]}]}\n',
    "listen: ['0.0.0.0:*']",
  ],
  [
    'ports of one interface of the host',
    '  devices: {interfaces: [{type: user, backend: {type: passt, hostLoopback: false}, portForwards: [{proto: tcp, address: 127.0.0.1, dev: eth0, ranges: [{start: 80}]}]}]}\n',
    'interfaces: [eth0]',
  ],
  ['a serial log', '  devices: {serials: [{type: file, path: /srv/log}]}\n', 'paths: {logs: [/srv]}'],
  [
    'a serial device',
    '  devices: {serials: [{type: dev, path: /dev/ttyS0}]}\n',
    'devices: {char: [/dev/ttyS0]}',
  ],
  [
    'a unix socket',
    '  devices: {serials: [{type: unix, mode: bind, path: /srv/s}]}\n',
    'paths: {sockets: [/srv]}',
  ],
  [
    'a port that is open to the world',
    '  devices: {serials: [{type: tcp, mode: bind, host: 0.0.0.0, service: "4444"}]}\n',
    'listen: ["0.0.0.0:*"]',
  ],
  [
    'another host',
    '  devices: {serials: [{type: tcp, mode: connect, host: 169.254.169.254, service: "80"}]}\n',
    'connect: ["169.254.169.254:80"]',
  ],
  [
    'loopback services',
    '  devices: {serials: [{type: tcp, mode: connect, host: 127.0.0.1, service: "22"}]}\n',
    'connect: ["127.0.0.1:22"]',
  ],
  ['a screen for all', '  devices: {graphics: [{type: vnc, listen: 0.0.0.0}]}\n', 'listen: [0.0.0.0]'],
  [
    'a screen on a socket',
    '  devices: {graphics: [{type: vnc, socket: /srv/vnc}]}\n',
    'paths: {sockets: [/srv]}',
  ],
  [
    'an entropy device',
    '  devices: {rngs: [{backend: random, source: /dev/sda}]}\n',
    'devices: {char: [/dev/sda]}',
  ],
  ['huge pages', '  memoryBacking: {hugepages: 2MiB}\n', 'resources: [hugepages]'],
  ['locked memory', '  memoryBacking: {locked: true}\n', 'resources: [locked-memory]'],
  ['processors of its own', '  vcpus: {maximum: 2, cpuset: 0-1}\n', 'resources: [cpu-pinning]'],
  ['what the host is', '  os: {smbios: host}\n', 'resources: [host-smbios]'],
  ['a vsock address', '  devices: {vsock: {cid: 7}}\n', 'resources: [vsock-cid]'],
  ['a volume of others', '  devices: {disks: [{volume: v}]}\n', 'volumes: [v]'],
  ['a device tree', '  os: {kernel: /usr/share/k, dtb: /srv/d}\n', 'paths: {kernel: [/srv, /usr/share]}'],
  [
    'a template of variables',
    '  os: {loader: {path: /usr/share/OVMF/x.fd, type: pflash, readonly: true}, nvram: {template: /srv/t.fd}}\n',
    'paths: {firmware: [/srv, /usr/share/OVMF]}',
  ],
  ['an ACPI table', '  os: {acpiTable: {type: slic, path: /srv/t}}\n', 'paths: {firmware: [/srv]}'],
  ['a fw_cfg file', '  fwcfg: [{name: opt/com.example/x, file: /srv/f}]\n', 'paths: {firmware: [/srv]}'],
  ['a raw argument', '  qemu: {args: [-snapshot]}\n', 'rawQemuArgs: [-snapshot]'],
  [
    'a variable of the environment',
    '  qemu: {env: [{name: LD_PRELOAD, value: /srv/x.so}]}\n',
    'rawQemuArgs: ["env LD_PRELOAD=/srv/x.so"]',
  ],
  [
    'a property of a device',
    '  devices: {disks: [{volume: v, alias: ua-x}]}\n  qemu: {overrides: [{alias: ua-x, frontend: [{name: serial, type: string, value: y}]}]}\n',
    'volumes: [v], rawQemuArgs: ["serial=y"]',
  ],
  [
    'a device of PCI',
    '  devices: {hostdevs: [{type: pci, pci: {bus: 3, slot: 0}}]}\n',
    "devices: {pci: ['0000:03:00.0']}",
  ],
  [
    'a device of USB',
    '  devices: {hostdevs: [{type: usb, usb: {vendor: 0x1d6b, product: 2}}]}\n',
    "devices: {usb: ['1d6b:0002']}",
  ],
  [
    'a mediated device',
    '  devices: {hostdevs: [{type: mdev, model: vfio-pci, mdev: {uuid: 8a6f1b0c-0000-4000-8000-000000000001}}]}\n',
    "devices: {mdev: ['8a6f1b0c-*']}",
  ],
  [
    'a device of SCSI',
    '  devices: {hostdevs: [{type: scsi, scsi: {adapter: scsi_host0, bus: 0, target: 0, unit: 1}}]}\n',
    "devices: {scsi: ['scsi_host0:0:0:1']}",
  ],
  [
    'an NVMe drive',
    '  devices: {disks: [{nvme: {namespace: 1, bus: 1}, format: raw}]}\n',
    "devices: {pci: ['0000:01:00.0']}",
  ],
  ['a share', '  devices: {filesystems: [{dir: /srv, target: m}]}\n', 'paths: {share: [/srv]}'],
  [
    'the socket of a share',
    '  memoryBacking: {source: memfd, access: shared}\n  devices: {filesystems: [{driver: virtiofs, socket: /srv/s, target: m}]}\n',
    'paths: {sockets: [/srv]}',
  ],
  [
    'the program of a share',
    '  memoryBacking: {source: memfd, access: shared}\n  devices: {filesystems: [{driver: virtiofs, dir: /srv, target: m, binary: {path: /opt/v}}]}\n',
    'paths: {share: [/srv]}, emulators: [/opt/v]',
  ],
  ['a file of memory', '  memoryBacking: {source: file}\n', 'resources: [memory-file]'],
  [
    'a module of memory in a file',
    '  maxMemory: {size: 8GiB, slots: 2}\n  cpu: {numa: {cells: [{memory: 1GiB}]}}\n  devices: {memories: [{model: nvdimm, path: /srv/n, size: 1GiB, node: 0}]}\n',
    'paths: {images: [/srv]}',
  ],
  [
    'shared memory',
    '  devices: {shmems: [{shmem: r, model: ivshmem-plain, size: 1MiB}]}\n',
    'resources: [shared-memory]',
  ],
  [
    'the keyboard of the host',
    '  devices: {inputs: [{type: evdev, dev: /dev/input/event0}]}\n',
    'devices: {char: [/dev/input/event0]}',
  ],
  ['sound in a file', '  devices: {audios: [{id: 1, type: file, path: /srv/a}]}\n', 'paths: {logs: [/srv]}'],
  ['the sound of the host', '  devices: {audios: [{id: 1, type: alsa}]}\n', 'resources: [host-sound]'],
  [
    'a log of a channel',
    '  devices: {channels: [{type: pty, targetName: x, logFile: /srv/log}]}\n',
    'paths: {logs: [/srv]}',
  ],
  ['a pipe', '  devices: {serials: [{type: pipe, path: /srv/p}]}\n', 'paths: {sockets: [/srv]}'],
  [
    'datagrams',
    '  devices: {serials: [{type: udp, host: 10.0.0.9, service: "5", bind: {host: 0.0.0.0, service: "6"}}]}\n',
    "connect: ['10.0.0.9:5'], listen: ['0.0.0.0:6']",
  ],
  [
    'a disk that is a process',
    '  memoryBacking: {source: memfd, access: shared}\n  devices: {disks: [{vhostuser: {path: /srv/s}}]}\n',
    'paths: {sockets: [/srv]}',
  ],
  [
    'the TPM of the host',
    '  devices: {tpms: [{model: tpm-tis, backend: passthrough}]}\n',
    'devices: {char: [/dev/tpm0]}',
  ],
  [
    'a TPM of others',
    '  devices: {tpms: [{model: tpm-tis, backend: external, source: {type: unix, mode: connect, path: /srv/t}}]}\n',
    'paths: {sockets: [/srv]}',
  ],
  [
    'a disk of the network',
    '  devices: {disks: [{network: {protocol: nbd, name: x, hosts: [{name: 10.0.0.9, port: 10809}]}, format: raw}]}\n',
    "connect: ['10.0.0.9:10809']",
  ],
  [
    'a disk of the network whose head names files',
    '  devices: {disks: [{network: {protocol: nbd, name: x, hosts: [{name: 10.0.0.9, port: 10809}]}, format: qcow2}]}\n',
    "connect: ['10.0.0.9:10809'], resources: [remote-formats]",
  ],
  [
    'a target of iSCSI with its secret',
    '  devices: {disks: [{network: {protocol: iscsi, name: iqn.x/1, hosts: [{name: 10.0.0.9, port: 3260}], auth: {username: u, type: iscsi, secret: {usage: s}}}, format: raw}]}\n',
    "connect: ['10.0.0.9:3260'], secrets: [s]",
  ],
  [
    'a page of the web',
    '  devices: {disks: [{device: cdrom, network: {protocol: http, name: /x.iso, hosts: [{name: 169.254.169.254, port: 80}]}, format: raw}]}\n',
    "connect: ['169.254.169.254:80']",
  ],
  [
    'the secret of an image',
    '  devices: {disks: [{volume: v, encryption: {format: luks, secret: {usage: s}}}]}\n',
    'volumes: [v], secrets: [s]',
  ],
  ['a slice of the host', '  resource: {partition: /machine/x}\n', 'resources: [partition]'],
  ['a share of the processors', '  cputune: {shares: 1024}\n', 'resources: [cpu-tuning]'],
  ['a weight among disks', '  blkiotune: {weight: 500}\n', 'resources: [block-tuning]'],
  [
    'a place of its memory',
    '  numatune: {memory: {mode: strict, nodeset: "0"}}\n',
    'resources: [numa-placement]',
  ],
  [
    'a user of its own',
    '  seclabels: [{model: dac, type: static, label: "+0:+0"}]\n',
    'resources: [security-label]',
  ],
  ['a dump of its memory', '  onCrash: coredump-destroy\n', 'resources: [coredump]'],
  [
    'a GPU of the host',
    '  devices: {graphics: [{type: egl-headless, gl: {rendernode: /dev/dri/renderD128}}]}\n',
    'devices: {char: ["/dev/dri/*"]}',
  ],
];

describe('a tenant', () => {
  test.each(reaches)('does not get %s without a grant, and gets it with one', (_, spec, grant) => {
    expect(judge(domain(spec))).not.toEqual([]);
    expect(judge(domain(spec), { sources: `  - {source: "https://git.example.com/*", ${grant}}\n` })).toEqual(
      [],
    );
  });

  test.each(['type: user', 'backend: {type: passt}'])(
    'reaches the loopback of the host by %s until there is a policy file, then with a grant',
    (card) => {
      const spec = domain(`  devices: {interfaces: [{${card}}]}\n`);
      const entry = (more: string) => ({ sources: `  - {source: "*"${more}}\n` });
      expect(judge(spec)).toEqual([]);
      expect(judge(spec, { sources: '  - {source: other}\n' })).not.toEqual([]);
      expect(judge(spec, entry(''))).not.toEqual([]);
      expect(judge(spec, entry(', resources: [host-loopback]'))).toEqual([]);
      const closed = domain('  devices: {interfaces: [{backend: {type: passt, hostLoopback: false}}]}\n');
      expect(judge(closed, entry(''))).toEqual([]);
    },
  );

  test('runs what Qonverge makes for it without any policy file', () => {
    const spec = `  os: {machine: q35, firmware: efi}
  devices:
    disks: [{volume: root}]
    interfaces: [{type: user}]
    serials: [{type: pty}]
    channels: [{type: unix, targetName: org.qemu.guest_agent.0}]
    graphics: [{type: vnc, listen: 127.0.0.1}]
    rngs: [{backend: random, source: /dev/urandom}]
    vsock: {autoCid: true}
`;
    expect(judge(domain(spec) + volume('root'))).toEqual([]);
    expect(judge(volume('root', ', path: /var/lib/qonverge/volumes/root.raw'))).toEqual([]);
  });

  test("does not reach another one's volume by its path, nor climb out of what it was granted", () => {
    expect(judge(volume('mine', ', path: /var/lib/qonverge/volumes/other.raw'))).toHaveLength(1);
    const sources = `  - {source: "*", paths: {images: [/srv/images]}}\n`;
    expect(judge(volume('mine', ', path: /srv/images-of-others/x'), { sources })).toHaveLength(1);
    expect(judge(volume('mine', ', path: /srv/images/x'), { sources })).toEqual([]);
  });

  test('is told the line of its spec and the line of the policy', () => {
    const sources = '  - source: "*"\n    paths:\n      images: [/srv/images]\n';
    expect(
      judge(domain('  devices:\n    disks:\n      - {file: /etc/shadow, format: raw}\n'), { sources }),
    ).toEqual([
      'Domain/a:8 policy-violation image /etc/shadow is not in paths.images (/etc/qonverge/policy.yaml:6)',
    ]);
    expect(judge(domain('  os: {kernel: /etc/shadow}\n'))).toEqual([
      'Domain/a:6 policy-violation kernel /etc/shadow is not in paths.kernel (the built-in policy `tenant`)',
    ]);
  });

  test('cannot take over what belongs to another source, and can move between branches of its own', () => {
    const owner = (source: string) => ({ owners: { 'Domain/a': source } });
    expect(judge(domain(''), owner('/etc/qonverge/vms'))).toEqual([
      'Domain/a:1 policy-violation Domain/a belongs to /etc/qonverge/vms (the built-in policy `tenant`)',
    ]);
    expect(judge(domain(''), owner('https://git.example.com/team-a.git#old:vms'))).toEqual([]);
    const sources = '  - {source: "*", adopts: ["/etc/*"]}\n';
    expect(judge(domain(''), { ...owner('/etc/qonverge/vms'), sources })).toEqual([]);
  });

  test('is judged once: that its specs were accepted meanwhile is no news, that another source has one of them is', () => {
    const { declared } = decodeFile({ path: 'a.yaml', text: domain('') }, kinds);
    const known = new Judgements();
    let asked = 0;
    const judgeWith = (owner: string | undefined) =>
      judgeSource(
        {
          policy: undefined,
          source: { origin, trust: 'tenant' },
          declared: new Map(declared.map((item) => [keyText(item.key), item])),
          inside: (file) => file,
          ownPaths: () => {
            asked++;
            return [];
          },
          ownerOf: () => owner,
          isHere: () => owner !== undefined,
        },
        known,
      ).size;
    expect([judgeWith(undefined), judgeWith(origin), asked]).toEqual([0, 0, 1]);
    expect([judgeWith('/srv/other'), asked]).toEqual([1, 2]);
    expect([judgeWith(origin), asked]).toEqual([0, 3]);
  });

  test('keeps to its kinds, names and machine types', () => {
    const sources = '  - {source: "*", kinds: [Domain], namePrefix: team-a-, machineTypes: ["pc-q35-*"]}\n';
    expect(judge(volume('v'), { sources })).toHaveLength(2);
    expect(judge(domain('  os: {machine: pc}\n'), { sources })).toHaveLength(2);
    expect(judge(domain('  os: {machine: pc-q35-7.2}\n', 'team-a-1'), { sources })).toEqual([]);
  });

  test('of one directory has other rights than that of another one', () => {
    const sources =
      '  - {source: "*", path: other/, bridges: [br0]}\n  - {source: "*", path: vms, bridges: [br1]}\n';
    const bridge = (name: string) => domain(`  devices: {interfaces: [{type: bridge, bridge: ${name}}]}\n`);
    expect(judge(bridge('br0'), { sources })).toHaveLength(1);
    expect(judge(bridge('br1'), { sources })).toEqual([]);
  });
});

describe('an operator', () => {
  const refused = new Set([
    'an emulator',
    'a raw argument',
    'a variable of the environment',
    'a property of a device',
    'the program of a share',
  ]);
  const isGranted = ([name]: (typeof reaches)[number]) => !refused.has(name);

  test.each(reaches.filter(isGranted))('gets %s', (_, spec) => {
    expect(judge(domain(spec), { trust: 'operator' })).toEqual([]);
  });

  test.each(reaches.filter((row) => !isGranted(row)))('asks for %s', (_, spec, grant) => {
    expect(judge(domain(spec), { trust: 'operator' })).toHaveLength(1);
    const sources = `  - {source: "*", base: operator, ${grant}}\n`;
    expect(judge(domain(spec), { trust: 'operator', sources })).toEqual([]);
  });
});

test.each(['/usr/libexec/virtiofsd', '/usr/lib/qemu/virtiofsd', '/opt/virtiofsd'])(
  'an operator may name the virtiofsd of a distribution, and no other: %s',
  (path) => {
    const share = domain(
      `  memoryBacking: {source: memfd, access: shared}\n  devices: {filesystems: [{driver: virtiofs, dir: /srv, target: m, binary: {path: ${path}}}]}\n`,
    );
    expect(judge(share, { trust: 'operator' })).toHaveLength(path.startsWith('/opt') ? 1 : 0);
  },
);

describe('a quota', () => {
  const sources = (quota: string) => `  - source: "*"\n    quota: {${quota}}\n`;
  const three = domain('', 'a') + ['b', 'c'].map((name) => `---\n${domain('', name)}`).join('');

  test('is filled by name, what is here already first', () => {
    expect(judge(three, { sources: sources('domains: 2') })).toEqual([
      'Domain/c:13 quota-exceeded 1 more domains is above 2, of which 2 are taken (/etc/qonverge/policy.yaml:5)',
    ]);
    const owners = { 'Domain/c': origin, 'Domain/b': origin };
    expect(judge(three, { sources: sources('domains: 2'), owners })[0]).toMatch(/^Domain\/a/);
  });

  test.each([
    ['memory: 2GiB', 1],
    ['memory: 3GiB', 0],
    ['vcpus: 2', 1],
    ['vcpus: 3', 0],
  ])('of %s holds back %i', (quota, count) => {
    expect(judge(three, { sources: sources(quota) })).toHaveLength(count);
  });

  test.each([
    ['NUMA cells', '  cpu: {numa: {cells: [{memory: 4GiB}]}}\n'],
    [
      'memory modules',
      '  maxMemory: {size: 8GiB, slots: 2}\n  cpu: {numa: {cells: [{memory: 1GiB}]}}\n  devices: {memories: [{model: dimm, size: 3GiB, node: 0}]}\n',
    ],
    ['video cards', '  devices: {videos: [{model: qxl, vram: 3145728}]}\n'],
    [
      'shared regions',
      '  devices: {shmems: [{shmem: r, model: ivshmem-plain, size: 1GiB}, {shmem: s, model: ivshmem-plain, size: 2GiB}]}\n',
    ],
  ])('of memory counts that of %s too', (_, spec) => {
    const held = (memory: string) => judge(domain(spec), { sources: sources(`memory: ${memory}`) }).join();
    expect(held('4GiB')).not.toContain('quota-exceeded');
    expect(held('3GiB')).toContain('4GiB more memory is above 3GiB');
  });

  test('of disk space counts capacities, of operations needs a limit on each disk', () => {
    expect(judge(volume('a') + volume('b'), { sources: sources('disk: 15GiB') })).toHaveLength(1);
    const disk = (tune: string) => domain(`  devices: {disks: [{volume: v${tune}}]}\n`) + volume('v');
    expect(judge(disk(''), { sources: sources('iops: 1000') })[0]).toMatch(
      /a disk without a limit more iops/,
    );
    expect(judge(disk(', iotune: {totalIopsSec: 500}'), { sources: sources('iops: 1000') })).toEqual([]);
  });
});

describe('a policy file', () => {
  const mistakes = (text: string) =>
    decodePolicy({ path: 'p', text }).diagnostics.map(
      ({ code, line, message }) => `${line} ${code} ${message}`,
    );

  test.each([
    ['', '1 file-empty'],
    ['- a\n', '1 root-not-a-map'],
    ['sources: []\n', '1 unknown-kind'],
    [
      'apiVersion: qonverge/v1\nkind: Policy\nsources:\n  - {source: "*", bridge: [br0]}\n',
      '4 unknown-field',
    ],
    ['apiVersion: qonverge/v1\nkind: Policy\nsources:\n  - {paths: {images: [/srv]}}\n', '4 missing-field'],
    [
      'apiVersion: qonverge/v1\nkind: Policy\nsources:\n  - {source: x, paths: {images: [srv]}}\n',
      '4 invalid-value',
    ],
    ['apiVersion: qonverge/v1\nkind: Policy\nsources:\n  - {source: x, base: admin}\n', '4 invalid-value'],
    ['apiVersion: qonverge/v1\nkind: Policy\nsources: *a\n', '3 yaml'],
  ])('%j is refused at its line', (text, expected) => {
    expect(mistakes(text)[0]).toMatch(new RegExp(`^${expected}`));
  });

  test('an empty list grants nothing, also to an operator', () => {
    const sources = '  - {source: "*", base: operator, bridges: []}\n';
    expect(
      judge(domain('  devices: {interfaces: [{type: bridge, bridge: br0}]}\n'), { sources }),
    ).toHaveLength(1);
  });

  test.each([
    ['abc', 'abc', true],
    ['abc', 'a*', true],
    ['abc', '*c', true],
    ['abc', 'a*c', true],
    ['ac', 'a*c', true],
    ['a', 'a*a', false],
    ['abcabc', 'a*b*c', true],
    ['ab', 'a*b*c', false],
    ['a.c', 'abc', false],
    ['x', '', false],
  ])('%s fits %s: %s', (text, pattern, expected) => {
    expect(matches(text, pattern)).toBe(expected);
  });
});
