import { buildCommandLine } from '../../src/drivers/qemu/command-line.ts';
import { passtHelpers } from '../../src/drivers/qemu/passt.ts';
import { renderContext } from '../../src/drivers/qemu/render-context.ts';
import { reservationsHelper } from '../../src/drivers/qemu/reservations-helper.ts';
import { shareHelpers } from '../../src/drivers/qemu/virtiofsd.ts';
import { keepsVariables } from '../../src/kinds/domain/keeps-variables.ts';
import { serialFiles } from '../../src/kinds/domain/serial-files.ts';
import type { DomainDef } from '../../src/model/domain.ts';

/**
 * What a completed definition would do to the host beyond what every tenant has: read off QEMU's final arguments and off
 * what is opened, made and bound beside them. Knows nothing of policies; what it doesn't know is a complaint.
 */
export function hostReach(def: DomainDef): readonly string[] {
  const line = buildCommandLine(def, renderContext(def.metadata.name));
  const complaints: string[] = [];
  if (!emulators.has(line.emulator)) complaints.push(`runs ${line.emulator}`);
  for (const [name, value] of Object.entries(line.env))
    if (name !== 'TZ' || /^[/:]|\.\./.test(value)) complaints.push(`environment ${name}=${value}`);
  for (const { path } of line.files) if (!isOurs(path)) complaints.push(`writes ${path}`);
  for (let at = 0; at < line.args.length; at++) {
    const option = line.args[at] ?? '';
    const judge = options[option];
    const value = flags.has(option) ? '' : (line.args[++at] ?? '');
    if (!flags.has(option))
      for (const wrong of judge ? judge(value) : [`unknown ${option}`])
        complaints.push(`${option} ${wrong}: ${value}`);
  }
  for (const { command, arguments: given } of line.configure) {
    if (!commands.has(command)) complaints.push(`says ${command}`);
    for (const [key, text] of leaves(given))
      if (text.includes('/') && !guestText.has(key) && !isOurs(text) && !qomPath.test(text))
        complaints.push(`${command} ${key} ${text}`);
  }
  return [...complaints, ...besideQemu(def)];
}

/** What a machine may be told before its first instruction. */
const commands = new Set([
  'balloon',
  'block_set_io_throttle',
  'blockdev-open-tray',
  'device_add',
  'expire_password',
  'qom-set',
  'set-action',
  'set_link',
  'set_password',
]);

/** What our own hands do for it. */
function besideQemu(def: DomainDef): readonly string[] {
  const { devices = {}, os = {}, readiness, safety, vcpus } = def.spec;
  const found: string[] = [];
  for (const word of ['cputune', 'blkiotune', 'numatune', 'resource', 'seclabels'] as const)
    if (def.spec[word] !== undefined) found.push(`sets ${word} on the host`);
  if (vcpus?.cpuset !== undefined) found.push(`pins to ${vcpus.cpuset}`);
  const file = (what: string, path: string | undefined) => {
    if (path !== undefined && !isOurs(path)) found.push(`${what} ${path}`);
  };
  for (const { program, args } of [
    ...shareHelpers(def, ownDirectory),
    ...passtHelpers(def, ownDirectory),
    ...[reservationsHelper(def, ownDirectory) ?? []].flat(),
  ])
    found.push(...(program === 'passt' ? passt(args) : [`helper ${String(program)} ${args.join(' ')}`]));
  for (const {
    type = 'user',
    bridge,
    dev,
    network,
    script,
    downscript,
    hostIps,
    hostRoutes,
  } of devices.interfaces ?? []) {
    if (!ownWires.has(type)) found.push(`card ${type} ${bridge ?? dev ?? network ?? ''}`);
    for (const program of [script, downscript]) if (program !== undefined) found.push(`runs ${program}`);
    if (hostIps !== undefined || hostRoutes !== undefined) found.push('addresses of the host');
  }
  if (keepsVariables(os)) {
    file('variables', os.nvram?.path);
    file('template', os.nvram?.template);
  }
  for (const { path } of serialFiles(def.spec)) file('log', path);
  for (const { transient, file: image, block } of devices.disks ?? [])
    if (transient) file('transient over', image ?? block);
  for (const device of devices.hostdevs ?? []) found.push(`device of the host ${JSON.stringify(device)}`);
  for (const { backend, device } of devices.tpms ?? [])
    if (backend !== undefined && backend !== 'emulator') found.push(`tpm ${backend} ${device}`);
  for (const probe of [readiness, safety?.probe])
    if (probe?.tcp) found.push(`connects to ${probe.tcp.host}:${probe.tcp.port}`);
  return found;
}

function passt(args: readonly string[]): readonly string[] {
  const found: string[] = args.includes('--no-map-gw') ? [] : ['passt maps the gateway to loopback'];
  for (let at = 0; at < args.length; at++) {
    const [word = '', value = ''] = [args[at], args[at + 1]];
    if (/^--(log-file|interface|pcap)$/.test(word)) found.push(`passt ${word} ${value}`);
    if (/^--(tcp|udp)-ports$/.test(word) && !/^(127\.|localhost)[^/%]*\//.test(value))
      found.push(`passt binds ${value}`);
  }
  return found;
}

const emulators = new Set(['/usr/bin/qemu-system-x86_64', '/usr/bin/qemu-system-i386', '/usr/bin/qemu-kvm']);
/** Where a card of a tenant ends. `network`: nothing is done for it on this host but a refusal. */
const ownWires = new Set(['user', 'network']);
const ownDirectory = '/run/qonverge/x';
const roots = [
  '/run/qonverge/',
  '/var/lib/qonverge/volumes/',
  '/var/lib/qonverge/nvram/',
  '/usr/share/OVMF/',
  '/usr/share/qemu/',
  '/usr/share/seabios/',
];

function isOurs(path: string): boolean {
  return !/(^|\/)\.\.?(\/|$)/.test(path) && roots.some((root) => path.startsWith(root));
}

const flags = new Set(['-S', '-no-user-config', '-nodefaults', '-no-shutdown', '-no-acpi', '-no-hpet']);

type Judge = (value: string) => readonly string[];
const fine: Judge = () => [];

/** `key=value` words with doubled commas; the first one may stand without a key. */
function parts(value: string): readonly (readonly [string, string])[] {
  return value
    .split(/(?<!,)(?:,,)*,(?!,)/)
    .map((part) => part.replaceAll(',,', ','))
    .map((part): [string, string] => {
      const at = part.indexOf('=');
      return at < 0 ? ['', part] : [part.slice(0, at), part.slice(at + 1)];
    });
}

/** Only these keys hold what a tenant may say as it likes; a path anywhere else has to be ours. */
function withoutPaths(...free: readonly string[]): Judge {
  return (value) =>
    parts(value).flatMap(([key, text]) =>
      (free.includes(key) || !/[/\\]/.test(text) || isOurs(text)) && !fileKeys.has(key)
        ? []
        : [`${key || 'word'} ${text}`],
    );
}

const fileKeys = new Set(['file', 'path', 'logfile', 'dir', 'mem-path', 'x509-dir', 'rendernode', 'hostfwd']);
/** Fixed by us, and no more than memory. */
const fixedPaths = new Set(['/dev/shm']);
/** A place in QEMU's own tree of devices. */
const qomPath = /^\/machine\/(peripheral|unattached)\/[^/]+$/;
const entropy = new Set(['/dev/random', '/dev/urandom', '/dev/hwrng']);

type Tree = Readonly<Record<string, unknown>>;

/** Every text of a JSON argument with its key. */
function* leaves(tree: unknown, key = ''): Iterable<readonly [string, string]> {
  if (typeof tree === 'string') yield [key, tree];
  else if (Array.isArray(tree)) for (const item of tree) yield* leaves(item, key);
  else if (typeof tree === 'object' && tree !== null)
    for (const [name, value] of Object.entries(tree)) yield* leaves(value, name);
}

/** What a guest sees and nothing else. */
const guestText = new Set([
  'serial',
  'wwn',
  'vendor',
  'product',
  'mount_tag',
  'guest-name',
  'name',
  'id',
  'bus',
]);

function json(judge: (tree: Tree) => readonly string[]): Judge {
  return (value) => {
    const tree = JSON.parse(value) as Tree;
    const paths = [...leaves(tree)].filter(
      ([key, text]) => text.includes('/') && !guestText.has(key) && !isOurs(text) && !fixedPaths.has(text),
    );
    return [...judge(tree), ...paths.flatMap(([key, text]) => (entropy.has(text) ? [] : [`${key} ${text}`]))];
  };
}

const blockDrivers = new Set([
  'file',
  'raw',
  'qcow2',
  'qed',
  'vdi',
  'vmdk',
  'vpc',
  'vhdx',
  'dmg',
  'bochs',
  'cloop',
]);
const crossing =
  /^(vfio|usb-host|vhost-(?!vsock)|ivshmem|scsi-(block|generic)|virtio-input-host|u2f-passthru|ccid-card-emulated|tpm-passthrough|virtio-9p|vhost-vdpa|pci-assign)/;
const objects = new Set([
  'memory-backend-ram',
  'memory-backend-memfd',
  'memory-backend-file',
  'iothread',
  'throttle-group',
  'rng-random',
  'rng-builtin',
  'cryptodev-backend-builtin',
  'main-loop',
]);
const loopback = /^(127\.0\.0\.1|localhost|\[?::1\]?)$/;

const options: Readonly<Record<string, Judge>> = {
  '-name': withoutPaths('guest'),
  '-machine': withoutPaths(),
  '-accel': withoutPaths(),
  '-cpu': withoutPaths('vendor', 'hv-vendor-id'),
  '-m': withoutPaths(),
  '-smp': withoutPaths(),
  '-numa': withoutPaths(),
  '-overcommit': (value) => (/mem-lock=on/.test(value) ? ['locks memory'] : []),
  '-uuid': withoutPaths(),
  '-smbios': (value) => parts(value).flatMap(([key, text]) => (fileKeys.has(key) ? [`${key} ${text}`] : [])),
  '-fw_cfg': (value) => parts(value).flatMap(([key, text]) => (fileKeys.has(key) ? [`${key} ${text}`] : [])),
  '-display': (value) => (value === 'none' ? [] : ['a display of the host']),
  '-mon': withoutPaths(),
  '-rtc': withoutPaths(),
  '-boot': withoutPaths(),
  '-global': withoutPaths(),
  '-sandbox': (value) => (value.startsWith('on,') ? [] : ['no sandbox']),
  '-msg': fine,
  '-k': withoutPaths(),
  '-action': withoutPaths(),
  '-watchdog-action': withoutPaths(),
  '-compat': withoutPaths(),
  '-append': fine,
  '-bios': (path) => (isOurs(path) ? [] : ['firmware']),
  '-kernel': (path) => (isOurs(path) ? [] : ['kernel']),
  '-initrd': (path) => (isOurs(path) ? [] : ['initrd']),
  '-dtb': (path) => (isOurs(path) ? [] : ['device tree']),
  '-vnc': (value) => {
    const [[key = '', where = ''] = []] = parts(value);
    const local =
      where === 'none' ||
      (key === 'vnc'
        ? where.startsWith('unix:') && isOurs(where.slice(5))
        : loopback.test(where.replace(/:\d+$/, '')));
    return [...(local ? [] : ['listens']), ...withoutPaths('vnc', '')(value)];
  },
  '-spice': (value) => {
    const given = new Map(parts(value));
    const addr = given.get('addr');
    const local = addr === undefined ? given.get('port') === '0' : loopback.test(addr) || isOurs(addr);
    return [...(local ? [] : ['listens']), ...withoutPaths()(value)];
  },
  '-audiodev': json(({ driver }) =>
    driver === 'none' || driver === 'spice' || driver === 'dbus' ? [] : [`sound ${String(driver)}`],
  ),
  '-object': json((tree) => {
    const type = String(tree['qom-type']);
    if (type === 'secret') return [];
    const known = objects.has(type) && tree['host-nodes'] === undefined;
    return known ? [] : [`object ${type}`];
  }),
  '-netdev': json((tree) => {
    const extra = ['hostfwd', 'guestfwd', 'smb', 'smbserver', 'tftp'].filter((key) => key in tree);
    // Its gateway is the host's loopback.
    if (tree['type'] === 'user') return [...extra, 'loopback'];
    // To our own passt, or to a network that this host does not have.
    if (tree['type'] === 'stream') return [];
    return tree['type'] === 'tap' && String(tree['ifname']).startsWith('qv-')
      ? extra
      : [`wire ${String(tree['type'])}`];
  }),
  '-chardev': (value) => {
    const [[, backend = ''] = [], ...rest] = parts(value);
    const given = new Map(rest);
    if (given.has('logfile')) return ['logs'];
    if (['null', 'pty', 'ringbuf', 'vc', 'memory', 'spicevmc', 'spiceport', 'qemu-vdagent'].includes(backend))
      return [];
    if (backend !== 'socket') return [`backend ${backend}`];
    const path = given.get('path');
    if (path !== undefined) return isOurs(path) ? [] : ['socket'];
    if (given.has('fd')) return [];
    return given.get('server') === 'on' && loopback.test(given.get('host') ?? '') ? [] : ['network'];
  },
  '-blockdev': json((tree) =>
    [...leaves(tree)].flatMap(([key, text]) =>
      key === 'driver' && !blockDrivers.has(text)
        ? [`driver ${text}`]
        : key === 'pr-manager'
          ? ['reservations']
          : [],
    ),
  ),
  '-device': json((tree) => {
    const driver = String(tree['driver']);
    const crosses = crossing.test(driver) ? [`crosses ${driver}`] : [];
    // Cids are ours to give.
    return 'guest-cid' in tree && tree['guest-cid'] !== 3 ? [...crosses, 'vsock cid'] : crosses;
  }),
};
