import fc from 'fast-check';
import { characterBackends, normalizeSource } from '../../src/kinds/domain/devices/character-source.ts';
import { normalizeGraphics } from '../../src/kinds/domain/devices/graphics.ts';
import type {
  Audio,
  AudioStream,
  BackingStore,
  CharacterDevice,
  CharacterSource,
  Controller,
  Crypto,
  DatagramAddress,
  Device,
  DeviceAddress,
  Disk,
  DiskFormat,
  DiskGeometry,
  DomainDevices,
  Filesystem,
  Graphics,
  GraphicsGl,
  Hostdev,
  HostScsi,
  HostScsiHost,
  HostUsb,
  Hub,
  Input,
  Interface,
  Iommu,
  Iotune,
  IsaAddress,
  Lease,
  Memballoon,
  MemoryDevice,
  Panic,
  PciAddress,
  Reconnect,
  Redirdev,
  RedirRule,
  Rng,
  Rom,
  ShareDaemon,
  Shmem,
  ShmemMsi,
  Smartcard,
  Sound,
  SourceLabel,
  SpiceChannel,
  StorageSource,
  Tpm,
  TpmProfile,
  TpmSource,
  UsbAddress,
  Video,
  VideoAcceleration,
  VirtioOptions,
  VirtioSerialAddress,
  Vsock,
  Watchdog,
} from '../../src/model/domain-devices.ts';
import { type Arbitraries, absolutePath, count, line, sometimes, wholeKib, word } from './arbitraries.ts';
import { type InterfaceSourceField, interfaceFields, interfaceSources } from './arbitrary-interface.ts';
import { storageAuth, storageSource } from './arbitrary-storage.ts';

const small = fc.nat(31);
const yes = fc.constant(true);
const virtioModel = fc.constantFrom('virtio', 'virtio-transitional', 'virtio-non-transitional');
const virtio = atLeastOne<VirtioOptions>({
  iommu: fc.boolean(),
  ats: fc.boolean(),
  packed: fc.boolean(),
  pagePerVq: fc.boolean(),
});

function atLeastOne<T extends object>(fields: Arbitraries<T>): fc.Arbitrary<T> {
  return sometimes<T>(fields).filter((value) => Object.keys(value).length > 0);
}

const rom = sometimes<Rom>({ enabled: fc.boolean(), bar: fc.boolean(), file: absolutePath() });

function address(): fc.Arbitrary<DeviceAddress> {
  return fc.oneof(
    fc.constant<PciAddress>({ type: 'pci' }),
    sometimes<PciAddress>(
      {
        type: fc.constant('pci'),
        domain: fc.nat(0xffff),
        bus: fc.nat(255),
        slot: small,
        function: fc.nat(7),
        multifunction: fc.boolean(),
      },
      ['type', 'domain', 'bus', 'slot', 'function'],
    ),
    fc.record({
      type: fc.constant('drive' as const),
      controller: small,
      bus: small,
      target: small,
      unit: small,
    }),
    sometimes<VirtioSerialAddress>(
      { type: fc.constant('virtio-serial'), controller: small, bus: small, port: small },
      ['type'],
    ),
    sometimes<UsbAddress>(
      { type: fc.constant('usb'), bus: small, port: fc.constantFrom('1', '1.2', '4.1.3') },
      ['type'],
    ),
    sometimes<IsaAddress>({ type: fc.constant('isa'), iobase: fc.nat(0xffff), irq: fc.nat(15) }, ['type']),
  );
}

/** A name or an alias: a named device's alias follows from its name. */
function device<T extends Device>(
  fields: Arbitraries<Omit<T, keyof Device>>,
  required: readonly (keyof Omit<T, keyof Device>)[] = [],
): fc.Arbitrary<T> {
  const identity = fc.oneof(
    fc.constant({}),
    fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/).map((name) => ({ name })),
    fc
      .stringMatching(/^[A-Za-z][A-Za-z0-9._-]{0,12}$/)
      .filter((alias) => !alias.startsWith('ua-'))
      .map((alias) => ({ alias })),
  );
  const place = fc.oneof(
    fc.constant({}),
    address().map((value) => ({ address: value })),
    fc.integer({ min: 1, max: 16_383 }).map((acpiIndex) => ({ acpiIndex })),
  );
  return fc
    .tuple(identity, place, sometimes<Omit<T, keyof Device>>(fields, required))
    .map((parts) => Object.assign({}, ...parts) as T);
}

const format = fc.constantFrom<DiskFormat>('raw', 'qcow2', 'vhdx', 'parallels', 'qcow', 'vmdk');

type OwnBackingStore = Omit<BackingStore, 'terminal' | keyof StorageSource>;

function backingStore(depth = 0): fc.Arbitrary<BackingStore> {
  const fields: Arbitraries<OwnBackingStore> = {
    format,
    metadataCache: count(),
    backingStore: depth > 1 ? fc.constant({ terminal: true }) : fc.nat().chain(() => backingStore(depth + 1)),
  };
  return fc.oneof(
    fc.constant<BackingStore>({ terminal: true }),
    fc
      .tuple(sometimes<OwnBackingStore>(fields), storageSource)
      .map(([own, source]): BackingStore => ({ format: 'raw', ...own, ...source })),
  );
}

const rate = fc.nat(2 ** 31);
const iotune: Arbitraries<Iotune> = {
  totalBytesSec: rate,
  readBytesSec: rate,
  writeBytesSec: rate,
  totalIopsSec: rate,
  readIopsSec: rate,
  writeIopsSec: rate,
  totalBytesSecMax: rate,
  readBytesSecMax: rate,
  writeBytesSecMax: rate,
  totalIopsSecMax: rate,
  readIopsSecMax: rate,
  writeIopsSecMax: rate,
  totalBytesSecMaxLength: rate,
  readBytesSecMaxLength: rate,
  writeBytesSecMaxLength: rate,
  totalIopsSecMaxLength: rate,
  readIopsSecMaxLength: rate,
  writeIopsSecMaxLength: rate,
  sizeIopsSec: rate,
  groupName: line(),
};

const ownDisk = device<Omit<Disk, keyof StorageSource>>({
  device: fc.constantFrom('disk', 'cdrom', 'floppy', 'lun'),
  model: virtioModel,
  format,
  bus: fc.constantFrom('virtio', 'scsi', 'sata', 'ide', 'usb', 'fdc', 'sd'),
  dev: fc.constantFrom('vda', 'sdb', 'hdc', 'fda', 'vdaa'),
  cache: fc.constantFrom('default', 'none', 'writeback', 'writethrough', 'directsync', 'unsafe'),
  io: fc.constantFrom('native', 'threads', 'io_uring'),
  discard: fc.constantFrom('unmap', 'ignore'),
  detectZeroes: fc.constantFrom('off', 'on', 'unmap'),
  errorPolicy: fc.constantFrom('stop', 'report', 'ignore', 'enospace'),
  rerrorPolicy: fc.constantFrom('stop', 'report', 'ignore'),
  copyOnRead: fc.boolean(),
  iothread: count(),
  queues: count(),
  queueSize: count(),
  eventIdx: fc.boolean(),
  ioeventfd: fc.boolean(),
  metadataCache: count(),
  virtio,
  serial: line(),
  wwn: fc.stringMatching(/^[0-9a-f]{16}$/),
  vendor: fc.constantFrom('QEMU', 'A & B'),
  product: fc.constantFrom('HARDDISK', '<x>'),
  readonly: yes,
  shareable: yes,
  transient: yes,
  transientShareBacking: fc.boolean(),
  snapshot: fc.constantFrom('no', 'internal', 'external', 'manual'),
  sgio: fc.constantFrom('filtered', 'unfiltered'),
  rawio: fc.boolean(),
  geometry: sometimes<DiskGeometry>(
    {
      cylinders: count(),
      heads: count(),
      sectors: count(),
      translation: fc.constantFrom('auto', 'none', 'lba'),
    },
    ['cylinders', 'heads', 'sectors'],
  ),
  removable: fc.boolean(),
  tray: fc.constantFrom('open', 'closed'),
  rotationRate: count(),
  logicalBlockSize: fc.constantFrom(512, 4096),
  physicalBlockSize: fc.constantFrom(512, 4096),
  discardGranularity: fc.constantFrom(0, 4096),
  discardNoUnref: fc.boolean(),
  bootOrder: count(),
  iotune: sometimes<Iotune>(iotune),
  startupPolicy: fc.constantFrom('mandatory', 'requisite', 'optional'),
  backingStore: backingStore(),
});

const disk = fc.tuple(ownDisk, storageSource).map(
  ([own, source]): Disk => ({
    ...own,
    ...source,
    ...(own.transientShareBacking === undefined ? {} : { transient: true }),
  }),
);

const controller = device<Controller>(
  {
    type: fc.constantFrom('pci', 'scsi', 'sata', 'ide', 'fdc', 'usb', 'virtio-serial'),
    index: small,
    model: word(),
    ports: small,
    vectors: small,
    queues: count(),
    cmdPerLun: count(),
    maxSectors: count(),
    iothread: count(),
    ioeventfd: fc.boolean(),
    virtio,
    masterStartport: small,
    pciModelName: word(),
    chassisNr: small,
    chassis: small,
    port: fc.nat(255),
    busNr: small,
    numaNode: small,
    hotplug: fc.boolean(),
    pcihole64: wholeKib(),
  },
  ['type'],
);

const networkInterface = interfaceSources.chain((source) =>
  device<Omit<Interface, InterfaceSourceField>>(interfaceFields(virtio, rom)).map(
    (one): Interface => ({ ...one, ...source }),
  ),
);

const sourceFields: Arbitraries<CharacterSource> = {
  type: fc.constantFrom(...characterBackends),
  path: absolutePath(),
  mode: fc.constantFrom('bind', 'connect'),
  host: fc.constantFrom('127.0.0.1', 'example.org', '::1'),
  service: fc.constantFrom('1234', 'telnet'),
  protocol: fc.constantFrom('raw', 'telnet'),
  tls: fc.boolean(),
  reconnect: atLeastOne<Reconnect>({ enabled: fc.boolean(), timeout: small }),
  append: fc.boolean(),
  channel: word(),
  clipboard: fc.boolean(),
  mouse: fc.constantFrom('client', 'server'),
  logFile: absolutePath(),
  logAppend: fc.boolean(),
  bind: atLeastOne<DatagramAddress>({ host: fc.constant('::'), service: fc.constant('99') }),
  labels: some(
    atLeastOne<SourceLabel>({
      model: fc.constantFrom('selinux', 'dac'),
      relabel: fc.boolean(),
      labelskip: fc.boolean(),
      label: word(),
    }),
  ),
};

/** Only udp has a second address; what a backend has no use for is dropped. */
function canonicalSource<T extends CharacterSource>(device: T): T {
  const { bind, ...rest } = device;
  return normalizeSource((device.type === 'udp' ? device : rest) as T);
}

function character(
  targetTypes: readonly [string, ...string[]],
  required: readonly ('type' | 'targetType')[],
): fc.Arbitrary<CharacterDevice> {
  return device<CharacterDevice>(
    {
      ...sourceFields,
      targetType: fc.constantFrom(...targetTypes),
      targetModel: word(),
      targetAddress: fc.constant('10.0.2.1'),
      port: small,
      targetName: line(),
    },
    required,
  ).map(canonicalSource);
}

const hostdevFields: Arbitraries<
  Omit<Hostdev, keyof Device | 'type' | 'usb' | 'pci' | 'scsi' | 'scsiHost' | 'mdev'>
> = {
  managed: fc.boolean(),
  model: fc.constantFrom('vfio-pci', 'virtio'),
  driver: fc.constant('vfio'),
  display: fc.boolean(),
  ramfb: fc.boolean(),
  rawio: fc.boolean(),
  sgio: fc.constantFrom('filtered', 'unfiltered'),
  readonly: yes,
  shareable: yes,
  bootOrder: count(),
  rom,
  teaming: fc.constantFrom({ type: 'persistent' }, { type: 'transient', persistent: 'ua-one' }),
};

/** In XML a place on a bus is both of its numbers. */
function wholePlace({ bus, device, ...usb }: HostUsb): HostUsb {
  return bus === undefined && device === undefined ? usb : { ...usb, bus: bus ?? 1, device: device ?? 1 };
}

/** The source of a hostdev follows from its type. */
const hostdevs = [
  fc.record({
    type: fc.constant('usb' as const),
    usb: atLeastOne<HostUsb>({
      vendor: fc.nat(0xffff),
      product: fc.nat(0xffff),
      bus: small,
      device: small,
      startupPolicy: fc.constantFrom('mandatory', 'optional'),
      guestReset: fc.constantFrom('off', 'uninitialized', 'on'),
    }).map(wholePlace),
  }),
  fc.record({
    type: fc.constant('pci' as const),
    pci: fc.record({ domain: fc.nat(0xffff), bus: fc.nat(255), slot: small, function: fc.nat(7) }),
  }),
  fc.record({
    type: fc.constant('scsi' as const),
    scsi: atLeastOne<HostScsi>({
      adapter: fc.constant('scsi_host0'),
      bus: small,
      target: small,
      unit: small,
      protocol: fc.constant('iscsi'),
      iqn: fc.constant('iqn.2020-01.org.example:one/1'),
      host: fc.constant('example.org'),
      port: count(),
      initiator: fc.constant('iqn.2020-01.org.example:us'),
      auth: storageAuth,
    }),
  }),
  fc.record({
    type: fc.constant('scsi_host' as const),
    scsiHost: atLeastOne<HostScsiHost>({ protocol: fc.constant('vhost'), wwpn: word() }),
  }),
  fc.record({ type: fc.constant('mdev' as const), mdev: fc.record({ uuid: fc.uuid() }) }),
].map((source: fc.Arbitrary<Pick<Hostdev, 'type'>>) =>
  fc.tuple(device<Hostdev>(hostdevFields as never), source).map(([one, of]): Hostdev => ({ ...one, ...of })),
);

/** One way to listen, and a chosen port or one that is found at start. */
const listening = fc.oneof(
  fc.record({ listenType: fc.constant('address' as const), listen: fc.constantFrom('127.0.0.1', '::') }),
  fc.record({ listenType: fc.constant('network' as const), listenNetwork: fc.constant('default') }),
  fc.record({ listenType: fc.constant('socket' as const), socket: absolutePath() }),
  fc.constant({ listenType: 'socket' as const }),
  fc.constant({ listenType: 'none' as const }),
);
const compression = fc.constantFrom('auto', 'never', 'always');
const spiceMode = fc.constantFrom('secure', 'insecure', 'any');

const graphics = fc
  .tuple(
    device<Omit<Graphics, 'port' | 'autoport' | 'listenType' | 'listen' | 'listenNetwork' | 'socket'>>(
      {
        type: fc.constantFrom('vnc', 'spice', 'egl-headless', 'dbus', 'sdl'),
        websocket: fc.integer({ min: -1, max: 65_535 }),
        tlsPort: fc.integer({ min: 1, max: 65_535 }),
        keymap: fc.constantFrom('de', 'en-us'),
        passwd: word(),
        passwdValidTo: fc.constant('2030-01-01T00:00:00'),
        connected: fc.constantFrom('keep', 'disconnect', 'fail'),
        gl: atLeastOne<GraphicsGl>({ enabled: fc.boolean(), rendernode: absolutePath() }),
        sharePolicy: fc.constantFrom('allow-exclusive', 'force-shared', 'ignore'),
        powerControl: fc.boolean(),
        audio: count(),
        defaultMode: spiceMode,
        channels: some(
          fc.record<SpiceChannel>({ channel: fc.constantFrom('main', 'inputs'), mode: spiceMode }),
        ),
        imageCompression: fc.constantFrom('auto_glz', 'auto_lz', 'quic', 'glz', 'lz', 'off'),
        jpegCompression: compression,
        zlibCompression: compression,
        playbackCompression: fc.boolean(),
        streamingMode: fc.constantFrom('filter', 'all', 'off'),
        copypaste: fc.boolean(),
        mouseMode: fc.constantFrom('server', 'client'),
        filetransfer: fc.boolean(),
        p2p: fc.boolean(),
        busAddress: fc.constant('unix:path=/run/bus'),
        display: fc.constant(':0'),
        xauth: absolutePath(),
        fullscreen: fc.boolean(),
      },
      ['type'],
    ),
    fc.oneof(
      fc.constant({ autoport: true }),
      fc.integer({ min: 1, max: 65_535 }).map((port) => ({ port })),
    ),
    listening,
  )
  .map(
    ([one, port, where]): Graphics =>
      normalizeGraphics(one.type === 'vnc' || one.type === 'spice' ? { ...one, ...port, ...where } : one),
  );

const audioStream = atLeastOne<AudioStream>({
  mixingEngine: fc.boolean(),
  fixedSettings: fc.boolean(),
  voices: count(),
  bufferLength: count(),
  frequency: count(),
  channels: count(),
  format: fc.constantFrom('s8', 'u8', 's16', 'u16', 's32', 'u32', 'f32'),
  dev: absolutePath(),
  bufferCount: small,
  tryPoll: fc.boolean(),
  serverName: word(),
  clientName: word(),
  connectPorts: word(),
  exactName: fc.boolean(),
  name: word(),
  streamName: word(),
  latency: small,
});

function some<T>(item: fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> {
  return fc.array(item, { minLength: 1, maxLength: 2 });
}

const filesystem = device<Filesystem>(
  {
    type: fc.constant('mount'),
    driver: fc.constantFrom('path', 'handle', 'virtiofs'),
    dir: absolutePath(),
    socket: absolutePath(),
    target: word(),
    model: virtioModel,
    accessMode: fc.constantFrom('passthrough', 'mapped', 'squash'),
    fileMode: fc.constantFrom('0644', '0600'),
    directoryMode: fc.constantFrom('0755', '0700'),
    multidevs: fc.constantFrom('default', 'remap', 'forbid', 'warn'),
    writePolicy: fc.constant('immediate'),
    readonly: yes,
    queue: count(),
    bootOrder: count(),
    binary: sometimes<ShareDaemon>({
      path: absolutePath(),
      xattr: fc.boolean(),
      cache: fc.constantFrom('none', 'always'),
      sandbox: fc.constantFrom('namespace', 'chroot'),
      posixLock: fc.boolean(),
      flock: fc.boolean(),
      threadPool: count(),
      openFiles: count(),
    }),
    virtio,
  },
  ['type', 'accessMode'],
);

/** Every device with every field, canonical; what makes sense together is not asked. */
export function arbitraryDevices(): fc.Arbitrary<DomainDevices> {
  return atLeastOne<DomainDevices>({
    disks: some(disk),
    controllers: some(controller),
    leases: some(
      sometimes<Lease>({ lockspace: word(), key: word(), path: absolutePath(), offset: count() }, [
        'key',
        'path',
      ]),
    ),
    filesystems: some(filesystem),
    hubs: some(device<Hub>({ type: fc.constant('usb') }, ['type'])),
    interfaces: some(networkInterface),
    serials: some(character(['isa-serial', 'pci-serial', 'usb-serial', 'isa-debug'], ['type'])),
    parallels: some(character(['isa-parallel'], ['type'])),
    consoles: some(character(['serial', 'virtio'], ['type'])),
    channels: some(character(['virtio', 'guestfwd'], ['type', 'targetType'])),
    inputs: some(
      device<Input>(
        {
          type: fc.constantFrom('mouse', 'tablet', 'keyboard', 'passthrough', 'evdev'),
          bus: fc.constantFrom('usb', 'ps2', 'virtio'),
          model: virtioModel,
          evdev: absolutePath(),
          dev: absolutePath(),
          grab: fc.constant('all'),
          grabToggle: fc.constantFrom('ctrl-ctrl', 'scrolllock'),
          repeat: fc.boolean(),
          virtio,
        },
        ['type'],
      ),
    ),
    tpms: some(
      device<Tpm>(
        {
          model: fc.constantFrom('tpm-tis', 'tpm-crb'),
          backend: fc.constantFrom('emulator', 'external', 'passthrough'),
          secret: fc.uuid(),
          pcrBanks: fc.constantFrom(['sha1'], ['sha256', 'sha512']),
          profile: atLeastOne<TpmProfile>({
            name: fc.constantFrom('default-v1', 'custom'),
            source: fc.constant('local:restricted'),
            removeDisabled: fc.constantFrom('check', 'fips-host'),
          }),
          device: absolutePath(),
          source: atLeastOne<TpmSource>({
            type: fc.constant('unix'),
            mode: fc.constantFrom('bind', 'connect'),
            path: absolutePath(),
          }),
          version: fc.constantFrom('1.2', '2.0'),
          persistentState: fc.boolean(),
        },
        ['backend'],
      ),
    ),
    graphics: some(graphics),
    sounds: some(
      device<Sound>(
        {
          model: fc.constantFrom('ac97', 'es1370', 'sb16', 'ich6', 'ich7', 'ich9', 'usb', 'pcspk'),
          codecs: some(fc.constantFrom('duplex', 'micro', 'output')),
          audio: count(),
          multichannel: fc.boolean(),
        },
        ['model'],
      ),
    ),
    audios: some(
      device<Audio>(
        {
          id: count(),
          type: fc.constantFrom(
            'none',
            'alsa',
            'coreaudio',
            'dbus',
            'file',
            'jack',
            'oss',
            'pulseaudio',
            'sdl',
            'spice',
          ),
          timerPeriod: count(),
          path: absolutePath(),
          driver: fc.constantFrom('esd', 'alsa', 'arts', 'pulseaudio'),
          serverName: word(),
          tryMMap: fc.boolean(),
          exclusive: fc.boolean(),
          dspPolicy: fc.nat(10),
          input: audioStream,
          output: audioStream,
        },
        ['id', 'type'],
      ),
    ),
    videos: some(
      device<Video>({
        model: fc.constantFrom('virtio', 'vga', 'cirrus', 'vmvga', 'qxl', 'bochs', 'ramfb', 'none'),
        vram64: fc.nat(2 ** 20),
        blob: fc.boolean(),
        acceleration: atLeastOne<VideoAcceleration>({
          accel2d: fc.boolean(),
          accel3d: fc.boolean(),
          rendernode: absolutePath(),
        }),
        driver: fc.constantFrom('qemu', 'vhostuser'),
        vgaconf: fc.constantFrom('io', 'on', 'off'),
        virtio,
        primary: fc.boolean(),
        heads: fc.integer({ min: 1, max: 16 }),
        vram: fc.nat(2 ** 20),
        ram: fc.nat(2 ** 20),
        vgamem: fc.nat(2 ** 20),
        resolution: fc.record({ x: count(4096), y: count(4096) }),
      }),
    ),
    watchdogs: some(
      device<Watchdog>(
        {
          model: fc.constantFrom('i6300esb', 'ib700', 'itco', 'diag288'),
          action: fc.constantFrom('reset', 'shutdown', 'poweroff', 'pause', 'none', 'dump', 'inject-nmi'),
        },
        ['model'],
      ),
    ),
    memballoon: device<Memballoon>(
      {
        model: fc.constantFrom('virtio', 'virtio-transitional', 'virtio-non-transitional', 'none'),
        autodeflate: fc.boolean(),
        freePageReporting: fc.boolean(),
        statsPeriod: small,
        virtio,
      },
      ['model'],
    ),
    rngs: some(
      device<Rng>(
        {
          model: virtioModel,
          backend: fc.constantFrom('random', 'builtin'),
          source: absolutePath(),
          egd: fc.constant({ type: 'pty' }),
          rateBytes: count(),
          ratePeriod: small,
          virtio,
        },
        ['model', 'backend'],
      ),
    ),
    smartcards: some(
      device<Smartcard>(
        {
          mode: fc.constantFrom('host', 'host-certificates', 'passthrough'),
          certificates: some(word()),
          database: absolutePath(),
          source: atLeastOne<CharacterSource>(sourceFields).map(canonicalSource),
        },
        ['mode'],
      ),
    ),
    redirdevs: some(
      device<Redirdev>({ bus: fc.constant('usb'), ...sourceFields, bootOrder: count() }, ['bus', 'type']).map(
        ({ channel, ...one }) => canonicalSource({ ...one, channel: channel ?? 'some' }),
      ),
    ),
    redirfilter: some(
      sometimes<RedirRule>(
        {
          class: fc.nat(255),
          vendor: fc.nat(0xffff),
          product: fc.nat(0xffff),
          version: fc.constantFrom('2.0', '1.10'),
          allow: fc.boolean(),
        },
        ['allow'],
      ),
    ),
    hostdevs: some(fc.oneof(...hostdevs)),
    shmems: some(
      device<Shmem>(
        {
          shmem: word(),
          role: fc.constantFrom('master', 'peer'),
          model: fc.constantFrom('ivshmem', 'ivshmem-plain', 'ivshmem-doorbell'),
          size: count(),
          server: sometimes<NonNullable<Shmem['server']>>({ path: absolutePath() }),
          msi: sometimes<ShmemMsi>({ enabled: fc.boolean(), vectors: small, ioeventfd: fc.boolean() }),
        },
        ['shmem'],
      ),
    ),
    memories: some(
      device<MemoryDevice>(
        {
          model: fc.constantFrom('dimm', 'nvdimm', 'virtio-mem', 'virtio-pmem', 'sgx-epc'),
          access: fc.constantFrom('shared', 'private'),
          discard: fc.boolean(),
          uuid: fc.uuid(),
          pageSize: wholeKib(1),
          nodeMask: fc.constant('1-3'),
          path: absolutePath(),
          alignSize: wholeKib(1),
          base: count(),
          dynamicMemslots: fc.boolean(),
          pmem: yes,
          size: wholeKib(1),
          node: small,
          labelSize: wholeKib(1),
          blockSize: wholeKib(1),
          requestedSize: wholeKib(1),
          readonly: yes,
        },
        ['model', 'size'],
      ),
    ),
    iommu: device<Iommu>(
      {
        model: fc.constantFrom('intel', 'virtio'),
        intremap: fc.boolean(),
        cachingMode: fc.boolean(),
        eim: fc.boolean(),
        iotlb: fc.boolean(),
        awBits: fc.constantFrom(39, 48),
        dmaTranslation: fc.boolean(),
      },
      ['model'],
    ),
    panics: some(device<Panic>({ model: fc.constantFrom('isa', 'pvpanic', 'hyperv', 'pseries', 's390') })),
    cryptos: some(
      device<Crypto>(
        {
          model: fc.constant('virtio'),
          type: fc.constant('qemu'),
          backend: fc.constantFrom('builtin', 'lkcf'),
          queues: count(),
          virtio,
        },
        ['model', 'type', 'backend'],
      ),
    ),
    vsock: device<Vsock>({
      model: virtioModel,
      cid: fc.integer({ min: 3, max: 0xffff_ffff }),
      autoCid: fc.boolean(),
      virtio,
    }).map((one) => (one.cid === undefined ? { autoCid: true, ...one } : one)),
  });
}

/** Devices as people write them: named, without addresses, nothing that excludes another. */
export function plainDevices(): fc.Arbitrary<DomainDevices> {
  const names = (prefix: string, max: number) =>
    fc.integer({ min: 1, max }).map((n) => Array.from({ length: n }, (_, index) => `${prefix}${index}`));
  const disks = names('disk', 4).chain((list) =>
    fc.tuple(
      ...list.map((name) =>
        fc
          .record({
            bus: fc.constantFrom('virtio', 'scsi', 'sata'),
            format,
            discard: fc.constantFrom('unmap', 'ignore'),
          })
          .map(
            ({ bus, format: image, discard }): Disk => ({
              name,
              type: 'file',
              file: `/images/${name}.img`,
              device: 'disk',
              bus: bus === 'scsi' ? 'scsi' : bus === 'sata' ? 'sata' : 'virtio',
              format: image === 'raw' ? 'raw' : 'qcow2',
              discard: discard === 'unmap' ? 'unmap' : 'ignore',
            }),
          ),
      ),
    ),
  );
  const interfaces = names('net', 3).map((list) =>
    list.map((name): Interface => ({ name, type: 'user', model: 'virtio' })),
  );
  return sometimes<
    Pick<
      DomainDevices,
      'disks' | 'interfaces' | 'serials' | 'channels' | 'rngs' | 'videos' | 'graphics' | 'memballoon'
    >
  >({
    disks,
    interfaces,
    serials: fc.constant([{ name: 'serial', type: 'pty' }]),
    channels: fc.constant([
      { name: 'agent', type: 'unix', targetType: 'virtio', targetName: 'org.qemu.guest_agent.0' },
    ]),
    rngs: fc.constant([{ name: 'rng', model: 'virtio', backend: 'random' }]),
    videos: fc.constant([{ name: 'video', model: 'virtio' }]),
    graphics: fc.constant([{ name: 'vnc', type: 'vnc', autoport: true }]),
    memballoon: fc.constantFrom<Memballoon>({ model: 'none' }, { model: 'virtio' }),
  }).filter((devices) => Object.keys(devices).length > 0);
}
