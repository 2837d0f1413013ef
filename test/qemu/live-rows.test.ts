import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { diff } from '../../src/kinds/diff.ts';
import { impactRow } from '../../src/kinds/domain/impact/lookup.ts';
import { type ImpactRow, impactTable } from '../../src/kinds/domain/impact/table.ts';
import { armingSector } from '../support/guest.ts';
import { QemuHost } from '../support/qemu-host.ts';
import { until } from '../support/sandbox.ts';
import { SecondMonitor } from '../support/second-monitor.ts';

type Item = Readonly<Record<string, unknown>>;
type Devices = Readonly<Record<string, readonly Item[]>>;
interface Spec {
  readonly devices: Devices;
  readonly [field: string]: unknown;
}
type Change = (spec: Spec) => Spec;

let host: QemuHost;
let monitor: SecondMonitor;
let root: string;
let base: Spec;
/** Rows that changed, both ways, on the machine that runs. */
const proven = new Set<string>();

/** Rows that need more than this machine's guest has, and the test that shows each. */
const elsewhere: Readonly<Record<string, readonly [file: string, title: string]>> = {
  'spec.vcpus.current': ['live-devices', 'more processors and fewer'],
  'spec.currentMemory': ['live-devices', 'less memory by its balloon, and all of it again'],
  'spec.devices.rngs': ['live-devices', 'a random number device, and its leaving'],
  'spec.devices.interfaces': ['live-devices', 'a second network card, and its leaving'],
  'spec.devices.interfaces.link': ['live-devices', 'its cable out and in'],
  'spec.devices.interfaces.bridge': ['live-devices', 'the cable of a card to another bridge'],
  'spec.devices.interfaces.bandwidth.*': ['bandwidth', 'the traffic of a tap is limited from its start'],
  'spec.devices.memories': ['guest-refusal', 'a module of memory comes to a Linux guest, and leaves it'],
  'spec.devices.memories.requestedSize': ['guest-refusal', 'a Linux guest takes memory of virtio-mem'],
};
/** Nobody lends a test a device of the host to take away. */
const unproven = ['spec.devices.hostdevs'];
const pins = ['vcpuPins.*', 'emulatorPin.*', 'iothreadPins.*'].map((name) => `spec.cputune.${name}`);

function shownElsewhere({ path, operation }: ImpactRow): readonly [file: string, title: string] | undefined {
  if (unproven.includes(path)) return undefined;
  if (operation !== 'tune') return elsewhere[path];
  if (path === 'spec.blkiotune.*') return ['host-tuning', 'what goes to and from a block device'];
  return ['host-tuning', [...pins, 'spec.vcpus.cpuset'].includes(path) ? 'threads are pinned' : 'limits are'];
}

beforeAll(async () => {
  host = await QemuHost.open();
  root = host.root;
  for (const name of ['one.iso', 'two.iso', 'data.raw'])
    writeFileSync(`${root}/${name}`, Buffer.alloc(1 << 20, name));
  writeFileSync(`${root}/arming.raw`, armingSector());
  execFileSync('qemu-img', [
    'create',
    '-qf',
    'qcow2',
    '-F',
    'raw',
    '-b',
    `${root}/one.iso`,
    `${root}/top.qcow2`,
  ]);
  execFileSync('mkfifo', [`${root}/pipe.in`, `${root}/pipe.out`]);
  base = {
    accel: 'tcg',
    memory: '64MiB',
    terminationGracePeriod: 0,
    os: { machine: 'pc' },
    devices: {
      disks: [
        { name: 'boot', file: `${root}/arming.raw`, format: 'raw', bus: 'virtio', readonly: true },
        { name: 'cd', device: 'cdrom', bus: 'ide', type: 'file', file: `${root}/one.iso`, format: 'raw' },
      ],
      controllers: [
        { type: 'usb', index: 0, model: 'qemu-xhci' },
        { type: 'virtio-serial', index: 0 },
      ],
      serials: [{ type: 'unix', mode: 'bind', path: `${root}/word` }],
      graphics: [
        { type: 'vnc', listen: '127.0.0.1', autoport: true, passwd: 'first' },
        { type: 'spice', listenType: 'socket', passwd: 'first' },
        { type: 'dbus', p2p: true },
      ],
      watchdogs: [{ name: 'dog', model: 'ib700', action: 'none' }],
    },
  };
  const { status } = await declare(base);
  expect(status, JSON.stringify(status)).toMatchObject({ state: 'running' });
  monitor = await SecondMonitor.open(host.runDir, 'rows');
}, 60_000);
afterAll(async () => {
  monitor?.close();
  await host.dispose();
  rmSync(`/dev/shm/${basename(root)}`, { force: true });
});

function declare(spec: Spec) {
  const domain = { apiVersion: 'qonverge/v1', kind: 'Domain', metadata: { name: 'rows' }, spec };
  const volume = {
    apiVersion: 'qonverge/v1',
    kind: 'Volume',
    metadata: { name: 'medium' },
    spec: { capacity: '1MiB', format: 'raw' },
  };
  return host.declare('rows', `${stringify(domain)}---\n${stringify(volume)}`);
}

/** The spec with this device, in place of the one of its name (a screen: of its type) or beside the others. */
function withItem(list: string, item: Item): Change {
  return (spec) => {
    const same = (one: Item) =>
      item['name'] === undefined ? one['type'] === item['type'] : one['name'] === item['name'];
    const before = spec.devices[list] ?? [];
    const at = before.findIndex(same);
    const after = at < 0 ? [...before, item] : before.with(at, { ...before[at], ...item });
    return { ...spec, devices: { ...spec.devices, [list]: after } };
  };
}

/** Goes to each state and back to the first, and sees there what QEMU says; nothing is done twice. */
async function goes(
  look: () => Promise<unknown>,
  first: unknown,
  states: readonly (readonly [Change, unknown])[],
) {
  expect(await look()).toEqual(first);
  const pid = (await host.observe('rows'))?.pid;
  for (const [change, seen] of [...states, [(spec: Spec) => spec, first] as const]) {
    const before = host.desired('rows');
    const { status, refused } = await declare(change(base));
    const told = JSON.stringify(status);
    expect(refused, told).toBe(false);
    expect(status?.conditions.find(({ type }) => type === 'InSync')?.status, told).toBe('True');
    expect([status?.pid, status?.pending], told).toEqual([pid, []]);
    expect(await look(), told).toEqual(seen);
    const done = host.events.recent().length;
    await declare(change(base));
    expect(host.events.recent().slice(done)).toEqual([]);
    for (const { path } of diff(before, host.desired('rows'))) {
      const row = impactRow(path);
      if (row) proven.add(row.path);
    }
  }
}

async function ask<T>(command: string, args?: object): Promise<T> {
  return (await monitor.execute(command, args)) as T;
}

async function chardevs(): Promise<readonly string[]> {
  const found = await ask<{ label: string; filename: string }[]>('query-chardev');
  return found
    .filter(({ label }) => /^charua.*new/.test(label))
    .map(({ filename }) => filename.split(':')[0] ?? '');
}

async function plugged(): Promise<readonly string[]> {
  const found = await ask<{ name: string; type: string }[]>('qom-list', { path: '/machine/peripheral' });
  return found.map(({ name }) => name).filter((name) => name.startsWith('ua-new'));
}

interface Drive {
  readonly qdev?: string;
  readonly tray_open?: boolean;
  readonly inserted?: Readonly<Record<string, unknown>> & { readonly file: string; readonly drv: string };
}

async function drive(name: string): Promise<Drive | undefined> {
  return (await ask<Drive[]>('query-block')).find(({ qdev }) => qdev?.includes(`ua-${name}`));
}

test.each([
  [{ type: 'null' }, 'null'],
  [{ type: 'file', path: 'out.txt' }, 'file'],
  [{ type: 'pipe', path: 'pipe' }, 'pipe'],
  [{ type: 'dev', path: '/dev/ptmx' }, 'serial'],
  [{ type: 'pty' }, 'pty'],
  [{ type: 'unix' }, 'disconnected'],
  [{ type: 'tcp', mode: 'bind', host: '127.0.0.1', service: '0' }, 'disconnected'],
  [{ type: 'udp', host: '127.0.0.1', service: '9' }, 'udp'],
  [{ type: 'spicevmc', targetName: 'com.redhat.spice.0' }, 'spicevmc'],
  [{ type: 'spiceport', channel: 'org.example.port' }, 'spiceport'],
  [{ type: 'dbus', channel: 'org.example.port' }, 'disconnected'],
  [
    { type: 'qemu-vdagent', clipboard: true, mouse: 'client', targetName: 'com.redhat.spice.0' },
    'qemu-vdagent',
  ],
])('a channel of %j comes and goes', async (backend, filename) => {
  const { path } = backend as { path?: string };
  const place = path === undefined || path.startsWith('/') ? {} : { path: join(root, path) };
  const channel = { name: 'new', targetName: 'org.example.new', ...backend, ...place };
  await goes(chardevs, [], [[withItem('channels', channel), [filename]]]);
});

test('devices that need no guest to let go of them come and go', async () => {
  const usb = (list: string, item: Item) => [withItem(list, { name: 'new', ...item }), ['ua-new']] as const;
  await goes(
    plugged,
    [],
    [
      usb('disks', { file: `${root}/data.raw`, format: 'raw', bus: 'usb' }),
      usb('inputs', { type: 'tablet', bus: 'usb' }),
      usb('serials', { type: 'null', targetType: 'usb-serial' }),
      usb('redirdevs', { bus: 'usb', type: 'tcp', mode: 'bind', host: '127.0.0.1', service: '0' }),
    ],
  );
});

test('threads for I/O', async () => {
  const count = async () => (await ask<unknown[]>('query-iothreads')).length;
  const threads =
    (iothreads: number): Change =>
    (spec) => ({ ...spec, iothreads });
  await goes(count, 0, [
    [threads(3), 3],
    [threads(1), 1],
  ]);
});

test('the medium of a drive: files, an image on another, a volume, a device of the host, none', async () => {
  const medium = async () => {
    const { inserted } = (await drive('cd')) ?? {};
    return inserted && [inserted.file, inserted.drv];
  };
  const drained = { type: undefined, file: undefined, format: undefined };
  const cd = (item: Item) => withItem('disks', { name: 'cd', ...drained, ...item });
  const file = (name: string) => ({ type: 'file', file: join(root, name) });
  const volume = join(root, 's', 'volumes', 'medium.raw');
  await goes(
    medium,
    [join(root, 'one.iso'), 'raw'],
    [
      [cd({ ...file('two.iso'), format: 'raw' }), [join(root, 'two.iso'), 'raw']],
      [
        cd({ ...file('top.qcow2'), format: 'qcow2', backingStore: { ...file('one.iso'), format: 'raw' } }),
        [join(root, 'top.qcow2'), 'qcow2'],
      ],
      [cd({ volume: 'medium' }), [volume, 'raw']],
      [cd({ type: 'block', block: '/dev/zero', format: 'raw' }), ['/dev/zero', 'raw']],
      [cd({}), undefined],
    ],
  );
});

test('the tray of a drive', async () => {
  const open = async () => (await drive('cd'))?.tray_open;
  await goes(open, false, [[withItem('disks', { name: 'cd', tray: 'open' }), true]]);
});

test('every limit of a drive', async () => {
  const names = ['bps', 'bps_rd', 'bps_wr', 'iops', 'iops_rd', 'iops_wr'];
  const all = [
    ...names,
    ...names.flatMap((name) => [`${name}_max`, `${name}_max_length`]),
    'iops_size',
    'group',
  ];
  const limits = async () => {
    const inserted: Readonly<Record<string, unknown>> = (await drive('cd'))?.inserted ?? {};
    return Object.fromEntries(all.flatMap((name) => (inserted[name] ? [[name, inserted[name]]] : [])));
  };
  const iotune = (rates: Item) => withItem('disks', { name: 'cd', iotune: rates });
  const none = await limits();
  await goes(limits, none, [
    [
      iotune({
        totalBytesSec: 1000,
        totalBytesSecMax: 5000,
        totalBytesSecMaxLength: '2s',
        totalIopsSec: 10,
        totalIopsSecMax: 50,
        totalIopsSecMaxLength: '3s',
        sizeIopsSec: 512,
        groupName: 'both',
      }),
      {
        bps: 1000,
        bps_max: 5000,
        bps_max_length: 2,
        iops: 10,
        iops_max: 50,
        iops_max_length: 3,
        iops_size: 512,
        group: 'both',
      },
    ],
    [
      iotune({
        readBytesSec: 1000,
        readBytesSecMax: 5000,
        readBytesSecMaxLength: '2s',
        writeBytesSec: 2000,
        writeBytesSecMax: 6000,
        writeBytesSecMaxLength: '3s',
        readIopsSec: 10,
        readIopsSecMax: 50,
        readIopsSecMaxLength: '4s',
        writeIopsSec: 20,
        writeIopsSecMax: 60,
        writeIopsSecMaxLength: '5s',
      }),
      {
        group: 'drive-ua-cd',
        bps_rd: 1000,
        bps_rd_max: 5000,
        bps_rd_max_length: 2,
        bps_wr: 2000,
        bps_wr_max: 6000,
        bps_wr_max_length: 3,
        iops_rd: 10,
        iops_rd_max: 50,
        iops_rd_max_length: 4,
        iops_wr: 20,
        iops_wr_max: 60,
        iops_wr_max_length: 5,
      },
    ],
  ]);
});

interface Vnc {
  readonly server: readonly { readonly host: string; readonly service: string; readonly family: string }[];
}

test('where a screen listens: another address, the port that is said, a socket; else where it was', async () => {
  const listens = async () => {
    const [vnc] = await ask<Vnc[]>('query-vnc-servers');
    return vnc?.server.map(({ family, host: address, service }) => [family, address, service]);
  };
  const [[, , port = ''] = []] = (await listens()) ?? [];
  const screen = (item: Item) => withItem('graphics', { type: 'vnc', ...item });
  const nowhere = { listen: undefined, autoport: undefined };
  await goes(
    listens,
    [['ipv4', '127.0.0.1', expect.stringMatching(/^59/)]],
    [
      [screen({ listen: '127.0.0.2' }), [['ipv4', '127.0.0.2', port]]],
      [screen({ autoport: undefined, port: Number(port) }), [['ipv4', '127.0.0.1', port]]],
      [screen({ ...nowhere, socket: `${root}/vnc` }), [['unix', '', `${root}/vnc`]]],
      [screen({ ...nowhere, listenType: 'socket' }), [['unix', '', expect.stringMatching(/vnc\.sock$/)]]],
    ],
  );
  const before = await listens();
  const { status } = await declare(screen({ listen: '192.0.2.1' })(base));
  expect(JSON.stringify(status)).toMatch(/NetworkFailed.*192\.0\.2\.1 is no address of this host/);
  expect(await listens()).toEqual(before);
  await declare(base);
});

test('the passwords of screens, their end, and what becomes of who is connected', async () => {
  const screens = async () => [
    (await ask<{ auth: string }[]>('query-vnc-servers'))[0]?.auth,
    (await ask<{ auth: string }>('query-spice')).auth,
  ];
  const both =
    (vnc: Item, spice: Item): Change =>
    (spec) =>
      withItem('graphics', { type: 'spice', ...spice })(withItem('graphics', { type: 'vnc', ...vnc })(spec));
  const asks = ['vnc', 'spice'];
  const end = '2038-01-01T00:00:00';
  await goes(screens, asks, [
    [both({ passwd: 'second', connected: 'keep' }, { passwd: 'second', connected: 'disconnect' }), asks],
    [both({ passwdValidTo: end }, { passwdValidTo: end }), asks],
  ]);
});

test('what its watchdog does', async () => {
  const state = async () => (await ask<{ status: string }>('query-status')).status;
  const hangs = async () => {
    const word = connect(`${root}/word`);
    await once(word, 'connect');
    word.end('x');
    await once(word, 'close');
  };
  const fired = () => host.events.recent().filter(({ reason }) => reason === 'WATCHDOG').length;
  await goes(state, 'running', [[withItem('watchdogs', { name: 'dog', action: 'pause' }), 'running']]);
  await hangs();
  await until(() => fired() === 1, 'its watchdog has fired');
  expect(await state()).toBe('running');
  await declare(withItem('watchdogs', { name: 'dog', action: 'pause' })(base));
  await hangs();
  await until(async () => (await state()) === 'watchdog', 'its watchdog pauses it');
  await declare(base);
  await ask('cont');
});

test('PCI devices come; their guest lets go of them only at its reset, and then nothing is left', async () => {
  const devices: readonly Change[] = [
    withItem('shmems', {
      name: 'new-memory',
      shmem: `${basename(root)}`,
      model: 'ivshmem-plain',
      size: '1MiB',
    }),
    withItem('controllers', { name: 'new-bus', type: 'scsi', index: 0, model: 'virtio-scsi' }),
    withItem('disks', { name: 'new-disk', file: `${root}/data.raw`, format: 'raw', bus: 'virtio' }),
    withItem('interfaces', { name: 'new-card', type: 'user', model: 'e1000' }),
  ];
  const full = devices.reduce((spec, change) => change(spec), base);
  const names = ['ua-new-bus', 'ua-new-card', 'ua-new-disk', 'ua-new-memory'];
  await declare(base);
  const { status } = await declare(full);
  expect(status?.conditions.find(({ type }) => type === 'InSync')?.status, JSON.stringify(status)).toBe(
    'True',
  );
  expect([...(await plugged())].sort()).toEqual(names);
  // A guest that does not run is not waited for.
  await host.pause('rows');
  const { status: kept } = await declare(base);
  expect(JSON.stringify(kept)).toMatch(/GuestDidNotAccept.*ua-new-card.*ua-new-disk.*ua-new-bus/);
  expect([...(await plugged())].sort()).toEqual(names);
  await ask('system_reset');
  const left = async () =>
    JSON.stringify([await ask('query-named-block-nodes'), await ask('qom-list', { path: '/objects' })]);
  await until(
    async () => !/ua-new/.test(await left()) && (await plugged()).length === 0,
    'all of it is gone',
  );
  await until(
    async () =>
      (await declare(base)).status?.conditions.some(
        ({ type, status: is }) => type === 'InSync' && is === 'True',
      ) === true,
    'it is as its file says',
  );
  proven.add('spec.devices.shmems').add('spec.devices.controllers');
});

test('each row of the impact table that is done live has been, or is elsewhere', () => {
  const rows = impactTable.filter(({ impact }) => impact === 'live' || impact === 'guest');
  const missing = rows.filter((row) => !proven.has(row.path) && !shownElsewhere(row)).map(({ path }) => path);
  expect(missing).toEqual(unproven);
  expect(Object.keys(elsewhere).filter((path) => proven.has(path) || !impactRow(path))).toEqual([]);
  for (const row of rows) {
    const [file, title] = shownElsewhere(row) ?? [];
    if (file === undefined) continue;
    const text = readFileSync(join(import.meta.dirname, `${file}.test.ts`), 'utf8');
    expect(text, row.path).toContain(`test('${title}`);
  }
});
