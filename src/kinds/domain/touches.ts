import type {
  GraphicsGl,
  HostPci,
  HostScsi,
  HostUsb,
  InterfaceBackend,
  PortForward,
  PortRange,
  Rom,
  VideoAcceleration,
} from '../../model/domain-devices.ts';
import type { TcpTarget } from '../../model/probe.ts';
import type { Touched, TouchRule, TouchTable } from '../../model/touch.ts';
import { networkTouches } from './network-touches.ts';
import { pciText } from './pci-text.ts';
import { storageTouches } from './storage-touches.ts';

type Owner = Readonly<Record<string, unknown>>;

const file: TouchRule = (value, owner) => ({
  reach: owner['device'] === 'cdrom' || owner['device'] === 'floppy' ? 'iso' : 'image',
  value: String(value),
  ...(owner['readonly'] === true || owner['device'] === 'cdrom' ? {} : { writes: true }),
});
const block: TouchRule = (value, owner) => ({
  reach: 'block-device',
  value: String(value),
  ...(owner['readonly'] === true ? {} : { writes: true }),
});
/** A word that takes something of the host as a whole. */
const resource =
  (word: string): TouchRule =>
  () => ({ reach: 'resource', value: word });
const resourceUnless =
  (word: string, ...free: readonly unknown[]): TouchRule =>
  (value) =>
    free.includes(value) ? 'harmless' : { reach: 'resource', value: word };

/** `NAME=value` */
const rawPair =
  (before: string): TouchRule =>
  (pair) => {
    const { name, value = '' } = pair as Owner;
    return { reach: 'qemu-argument', value: `${before}${String(name)}=${String(value)}` };
  };

const judged: ReadonlySet<string> = new Set(['path', 'logFile']);

/** The host shows who it is. */
const certificates = { reach: 'resource', value: 'host-certificates' } as const;

/** Serial, parallel, console, channel: the reach of a path depends on what stands there. */
const character: TouchRule = (value) => {
  const device = value as Owner;
  const found: Touched[] = [];
  const { type, path, logFile } = device;
  if (typeof path === 'string') {
    if (type === 'dev') found.push({ reach: 'char-device', value: path, writes: true });
    else if (type === 'unix' || type === 'pipe') found.push({ reach: 'socket', value: path, writes: true });
    // The path of a pty is where QEMU made it.
    else if (type !== 'pty' || !path.startsWith('/dev/pts/'))
      found.push({ reach: 'log', value: path, writes: true });
  }
  if (typeof logFile === 'string') found.push({ reach: 'log', value: logFile, writes: true });
  if (type === 'stdio' || type === 'dbus') found.push({ reach: 'resource', value: type });
  if (type === 'tcp' && device['tls'] === true) found.push(certificates);
  if (device['labels'] !== undefined) found.push({ reach: 'resource', value: 'security-label' });
  if (type === 'tcp' || type === 'udp') found.push(...endpoints(device));
  for (const [key, text] of Object.entries(device))
    if (!judged.has(key) && typeof text === 'string' && text.startsWith('/'))
      found.push({ reach: 'unlisted', value: text });
  return found.length > 0 ? found : 'harmless';
};

function endpoints({ type, mode, host, service, bind }: Owner): readonly Touched[] {
  if (type === 'tcp')
    return [{ reach: mode === 'bind' ? 'listen' : 'connect', value: address(host, service) }];
  const here = bind as Owner | undefined;
  return [
    { reach: 'connect', value: address(host, service) },
    ...(here ? [{ reach: 'listen', value: address(here['host'], here['service']) } as const] : []),
  ];
}

function address(host: unknown, service: unknown): string {
  return `${host === undefined ? '127.0.0.1' : String(host)}:${service === undefined ? '*' : String(service)}`;
}

/** Bytes: memory in such pages is plain memory. */
const ordinaryPage = 4096;

const hostNode: TouchRule = (value) => ({ reach: 'char-device', value: String(value), writes: true });

/** A GPU of the host, whichever it is. */
const renderNode: TouchRule = (value) => {
  const { rendernode } = value as GraphicsGl;
  return { reach: 'char-device', value: rendernode ?? '/dev/dri' };
};

const acceleration: TouchRule = (value) => {
  const { accel3d, rendernode } = value as VideoAcceleration;
  if (accel3d !== true && rendernode === undefined) return 'harmless';
  return { reach: 'char-device', value: rendernode ?? '/dev/dri' };
};

/** `vendor:product`, or the place of it: `bus.device`. */
const hostUsb: TouchRule = (value) => {
  const { vendor = 0, product = 0, bus, device } = value as HostUsb;
  const hex = (number: number) => number.toString(16).padStart(4, '0');
  const place = bus === undefined || device === undefined ? undefined : `${bus}.${device}`;
  return { reach: 'usb-device', value: place ?? `${hex(vendor)}:${hex(product)}` };
};

const hostScsi: TouchRule = (value) => {
  const {
    protocol,
    host,
    port,
    iqn,
    initiator,
    auth,
    adapter,
    bus = 0,
    target = 0,
    unit = 0,
  } = value as HostScsi;
  if (protocol === undefined)
    return { reach: 'scsi-device', value: `${adapter ?? 'scsi_host0'}:${bus}:${target}:${unit}` };
  const server = `${address(host, port ?? 3260)} ${iqn ?? ''} ${initiator ?? ''}`.trim();
  const { usage = '', uuid = usage } = auth?.secret ?? {};
  return [
    { reach: 'connect', value: server },
    ...(auth === undefined ? [] : [{ reach: 'secret', value: uuid } as const]),
  ];
};

/** `0000:03:00.0` */
const hostPci: TouchRule = (value) => ({ reach: 'pci-device', value: pciText(value as HostPci) });

/** Packets of guests on a wire of the host's network. */
const wire: TouchRule = (value, { type }) => {
  const { address: host, port, local } = value as Owner;
  const end = address(host, port);
  if (type === 'server') return { reach: 'listen', value: end };
  const here = local as Owner | undefined;
  return [
    { reach: 'connect', value: end },
    ...(type === 'mcast' ? [{ reach: 'listen', value: end } as const] : []),
    ...(here ? [{ reach: 'listen', value: address(here['address'], here['port']) } as const] : []),
  ];
};

/** By the address of the gateway: QEMU's own user network always lets the guest there, passt unless it is told not to. */
function loopbackOfHost({ type = 'user', backend }: Owner): readonly Touched[] {
  const { type: program, hostLoopback } = (backend ?? {}) as InterfaceBackend;
  const isClosed = type !== 'user' || (program === 'passt' && hostLoopback === false);
  return isClosed ? [] : [{ reach: 'resource', value: 'host-loopback' }];
}

/** passt listens there for the guest. Exceptions alone leave all other ports. */
const forwarded: TouchRule = (value) => {
  const { address: host = '0.0.0.0', dev, ranges = [] } = value as PortForward;
  const open = ranges.filter(({ exclude }) => exclude !== true);
  const some: readonly Partial<PortRange>[] = open.length > 0 ? open : [{}];
  const listens = some.map(
    ({ start, end = start }): Touched => ({
      reach: 'listen',
      value: address(host, start === end ? start : undefined),
    }),
  );
  return dev === undefined ? listens : [...listens, { reach: 'host-interface', value: dev }];
};

const romFile: TouchRule = (value) => {
  const { file } = value as Rom;
  return file === undefined ? 'harmless' : { reach: 'firmware', value: file };
};

const deviceRules: Readonly<Record<string, TouchRule>> = {
  'disks[].name': 'harmless',
  'disks[].file': file,
  'disks[].block': block,
  ...storageTouches('disks[]'),
  'disks[].sgio': resourceUnless('raw-scsi', 'filtered'),
  'disks[].rawio': resourceUnless('raw-scsi', false),
  'disks[].backingStore.file': 'image',
  'disks[].backingStore.block': 'block-device',
  ...storageTouches('disks[].backingStore'),
  controllers: 'harmless',
  hubs: 'harmless',
  'leases[].path': 'unlisted',
  'leases[].key': 'harmless',
  'filesystems[].name': 'harmless',
  'filesystems[].dir': (value, owner) => ({
    reach: 'share',
    value: String(value),
    ...(owner['readonly'] === true ? {} : { writes: true }),
  }),
  'filesystems[].socket': (value) => ({ reach: 'socket', value: String(value), writes: true }),
  'filesystems[].binary.path': 'emulator',
  'interfaces[].name': 'harmless',
  'interfaces[].bridge': 'bridge',
  'interfaces[].target': (value, owner) =>
    owner['managed'] === false ? { reach: 'host-interface', value: String(value) } : 'harmless',
  'interfaces[].type': (value) =>
    value === 'ethernet' ? { reach: 'host-interface', value: 'tap' } : 'harmless',
  'interfaces[].rom': romFile,
  'interfaces[].network': 'network',
  'interfaces[].portgroup': 'harmless',
  'interfaces[].dev': (value, owner) =>
    owner['type'] === 'vdpa'
      ? { reach: 'char-device', value: String(value), writes: true }
      : { reach: 'host-interface', value: String(value) },
  'interfaces[].socket': wire,
  'interfaces[].vhostuser.path': (value) => ({ reach: 'socket', value: String(value), writes: true }),
  'interfaces[].vhostuser.reconnect': 'harmless',
  'interfaces[].pci': hostPci,
  'interfaces[].usb': hostUsb,
  'interfaces[].script': 'unlisted',
  'interfaces[].downscript': 'unlisted',
  'interfaces[].backend.tap': hostNode,
  'interfaces[].backend.vhost': hostNode,
  'interfaces[].backend.logFile': (value) => ({ reach: 'log', value: String(value), writes: true }),
  'interfaces[].hostIps': resource('host-network'),
  'interfaces[].hostRoutes': resource('host-network'),
  'interfaces[].portForwards[]': forwarded,
  'interfaces[].trustGuestRxFilters': resourceUnless('guest-mac-filters', false),
  'serials[]': character,
  'parallels[]': character,
  'consoles[]': character,
  'channels[]': character,
  'inputs[].evdev': hostNode,
  'inputs[].dev': hostNode,
  'tpms[].name': 'harmless',
  'tpms[].secret': 'secret',
  // Kept as written: no start applies it.
  'tpms[].profile.source': 'harmless',
  'tpms[].device': hostNode,
  'tpms[].backend': (value, owner) =>
    value === 'passthrough' && owner['device'] === undefined
      ? { reach: 'char-device', value: '/dev/tpm0', writes: true }
      : 'harmless',
  'tpms[].source': (value) => ({ reach: 'socket', value: String((value as Owner)['path']), writes: true }),
  'graphics[].name': 'harmless',
  'graphics[].listen': 'listen',
  'graphics[].passwd': 'harmless',
  'graphics[].tlsPort': () => certificates,
  'graphics[].xauth': hostNode,
  'graphics[].busAddress': (value) => ({ reach: 'connect', value: String(value) }),
  'graphics[].gl': renderNode,
  'graphics[].type': resourceUnless('host-display', 'vnc', 'spice', 'egl-headless'),
  'graphics[].socket': (value) => ({ reach: 'socket', value: String(value), writes: true }),
  sounds: 'harmless',
  'audios[].name': 'harmless',
  'audios[].type': resourceUnless('host-sound', 'none', 'spice', 'dbus', 'file'),
  'audios[].path': (value) => ({ reach: 'log', value: String(value), writes: true }),
  'audios[].serverName': resource('host-sound'),
  'videos[].name': 'harmless',
  'videos[].acceleration': acceleration,
  'videos[].driver': resourceUnless('vhost-user-gpu', 'qemu'),
  watchdogs: 'harmless',
  memballoon: 'harmless',
  'rngs[].egd': character,
  'rngs[].source': (value) =>
    value === '/dev/random' || value === '/dev/urandom' || value === '/dev/hwrng'
      ? 'harmless'
      : { reach: 'char-device', value: String(value) },
  panics: 'harmless',
  'smartcards[].mode': resourceUnless('smartcard', 'passthrough'),
  'smartcards[].database': 'share',
  'smartcards[].source': character,
  'redirdevs[]': character,
  redirfilter: 'harmless',
  'hostdevs[].usb': hostUsb,
  'hostdevs[].pci': hostPci,
  'hostdevs[].mdev': (value) => ({ reach: 'mdev', value: String((value as Owner)['uuid']) }),
  'hostdevs[].scsi': hostScsi,
  'hostdevs[].scsiHost': (value) => ({ reach: 'scsi-device', value: String((value as Owner)['wwpn']) }),
  'hostdevs[].rom': romFile,
  'shmems[].shmem': resource('shared-memory'),
  'shmems[].server': (value, owner) => ({
    reach: 'socket',
    value: String((value as Owner)['path'] ?? `/var/lib/libvirt/shmem-${owner['shmem']}-sock`),
  }),
  'memories[].path': (value, owner) => ({
    reach: 'image',
    value: String(value),
    ...(owner['readonly'] === true ? {} : { writes: true }),
  }),
  'memories[].model': (value) =>
    value === 'sgx-epc' ? { reach: 'resource', value: 'enclave-memory' } : 'harmless',
  'memories[].nodeMask': resource('numa-placement'),
  'memories[].pageSize': resourceUnless('hugepages', ordinaryPage),
  iommu: 'harmless',
  'vsock.cid': resource('vsock-cid'),
  'cryptos[].backend': resourceUnless('host-crypto', 'builtin'),
};

/** The host connects where a probe says: nobody but those who may make it connect there. */
function probeTouches(at: string): TouchTable['rules'] {
  return {
    [`${at}.tcp`]: (value) => {
      const { host, port } = value as TcpTarget;
      return { reach: 'connect', value: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}` };
    },
    [`${at}.exec`]: 'harmless',
    [`${at}.agentPing`]: 'harmless',
    [`${at}.marker`]: 'harmless',
    [`${at}.hint`]: 'harmless',
  };
}

/** The bare name of a BIOS is looked up among QEMU's own images. */
function ownBios(path: string, type: unknown): string {
  return type === 'pflash' || path.includes('/') ? path : `/usr/share/qemu/${path}`;
}

/** What a domain reaches on the host. A field that is new here must get a row: `spec` and `spec.devices` are closed. */
export const domainTouches: TouchTable = {
  closed: ['spec', 'spec.devices', 'spec.os', 'spec.memoryBacking'],
  wholes: { 'spec.devices.interfaces[]': loopbackOfHost },
  rules: {
    metadata: 'harmless',
    'spec.runStrategy': 'harmless',
    'spec.autostart': 'harmless',
    'spec.restartPolicy': 'harmless',
    'spec.maintenanceWindows': 'harmless',
    'spec.dependsOn': 'harmless',
    ...probeTouches('spec.readiness'),
    'spec.safety.snapshot': 'harmless',
    ...probeTouches('spec.safety.probe'),
    'spec.deletionPolicy': 'harmless',
    'spec.terminationGracePeriod': 'harmless',
    'spec.accel': 'harmless',
    'spec.uuid': 'harmless',
    'spec.genid': 'harmless',
    'spec.title': 'harmless',
    'spec.description': 'harmless',
    'spec.metadataXml': 'harmless',
    'spec.memory': 'harmless',
    'spec.currentMemory': 'harmless',
    'spec.memoryBacking.hugepages': resource('hugepages'),
    'spec.memoryBacking.locked': resourceUnless('locked-memory', false),
    'spec.memoryBacking.source': resourceUnless('memory-file', 'anonymous', 'memfd'),
    'spec.memoryBacking.nosharepages': 'harmless',
    'spec.memoryBacking.access': 'harmless',
    'spec.memoryBacking.allocation': 'harmless',
    'spec.memoryBacking.allocationThreads': 'harmless',
    'spec.memoryBacking.discard': 'harmless',
    'spec.dumpCore': 'harmless',
    'spec.maxMemory': 'harmless',
    'spec.memtune': 'harmless',
    'spec.blkiotune': resource('block-tuning'),
    'spec.cputune': resource('cpu-tuning'),
    'spec.numatune': resource('numa-placement'),
    'spec.resource': resource('partition'),
    'spec.perf': resource('perf'),
    'spec.individualVcpus': 'harmless',
    'spec.iothreadIds': 'harmless',
    'spec.defaultIothread': 'harmless',
    'spec.fwcfg[].file': 'firmware',
    'spec.launchSecurity': resource('launch-security'),
    'spec.onLockfailure': 'harmless',
    'spec.qemu.args[]': 'qemu-argument',
    'spec.qemu.env[]': rawPair('env '),
    'spec.qemu.overrides[].frontend[]': rawPair(''),
    'spec.qemu.addCapabilities': 'harmless',
    'spec.qemu.delCapabilities': 'harmless',
    'spec.qemu.deprecation': 'harmless',
    'spec.vcpus.cpuset': resource('cpu-pinning'),
    'spec.iothreads': 'harmless',
    'spec.cpu': 'harmless',
    'spec.os.type': 'harmless',
    'spec.os.arch': 'harmless',
    'spec.os.machine': 'machine',
    'spec.os.firmware': 'harmless',
    'spec.os.firmwareFeatures': 'harmless',
    'spec.os.loader.path': (value, { type }) => ({ reach: 'firmware', value: ownBios(String(value), type) }),
    'spec.os.nvram.path': (value) => ({ reach: 'nvram', value: String(value), writes: true }),
    'spec.os.nvram.network': networkTouches,
    'spec.os.nvram.labels': resource('security-label'),
    'spec.os.nvram.template': 'firmware',
    'spec.os.kernel': 'kernel',
    'spec.os.initrd': 'kernel',
    'spec.os.dtb': 'kernel',
    'spec.os.cmdline': 'harmless',
    'spec.os.boot': 'harmless',
    'spec.os.bootMenu': 'harmless',
    'spec.os.bios': 'harmless',
    'spec.os.acpiTable.path': 'firmware',
    'spec.os.smbios': resourceUnless('host-smbios', 'emulate', 'sysinfo'),
    'spec.features': 'harmless',
    'spec.idmap': 'harmless',
    'spec.clock': 'harmless',
    'spec.onPoweroff': 'harmless',
    'spec.onReboot': 'harmless',
    'spec.onCrash': (value) =>
      String(value).startsWith('coredump') ? { reach: 'resource', value: 'coredump' } : 'harmless',
    'spec.pm': 'harmless',
    'spec.sysinfo': 'harmless',
    'spec.emulator': 'emulator',
    'spec.seclabels': resource('security-label'),
    ...Object.fromEntries(Object.entries(deviceRules).map(([path, rule]) => [`spec.devices.${path}`, rule])),
  },
};
