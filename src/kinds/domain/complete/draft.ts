import type {
  Audio,
  CharacterDevice,
  Controller,
  Crypto,
  Disk,
  DomainDevices,
  Filesystem,
  Graphics,
  Hostdev,
  Hub,
  Input,
  Interface,
  Iommu,
  Memballoon,
  MemoryDevice,
  Panic,
  Redirdev,
  Rng,
  Shmem,
  Smartcard,
  Sound,
  Tpm,
  Video,
  Vsock,
  Watchdog,
} from '../../../model/domain-devices.ts';

/** A copy that the passes of completion may write to. */
export type Draft<T> = { -readonly [K in keyof T]: T[K] };

/** Every device class as a list, so that each pass walks all of them in one way. */
export interface DeviceDrafts {
  readonly disks: Draft<Disk>[];
  readonly controllers: Draft<Controller>[];
  readonly filesystems: Draft<Filesystem>[];
  readonly interfaces: Draft<Interface>[];
  readonly smartcards: Draft<Smartcard>[];
  readonly serials: Draft<CharacterDevice>[];
  readonly parallels: Draft<CharacterDevice>[];
  readonly consoles: Draft<CharacterDevice>[];
  readonly channels: Draft<CharacterDevice>[];
  readonly inputs: Draft<Input>[];
  readonly tpms: Draft<Tpm>[];
  readonly graphics: Draft<Graphics>[];
  readonly sounds: Draft<Sound>[];
  readonly audios: Draft<Audio>[];
  readonly videos: Draft<Video>[];
  readonly hostdevs: Draft<Hostdev>[];
  readonly redirdevs: Draft<Redirdev>[];
  readonly watchdogs: Draft<Watchdog>[];
  readonly hubs: Draft<Hub>[];
  readonly memballoons: Draft<Memballoon>[];
  readonly rngs: Draft<Rng>[];
  readonly panics: Draft<Panic>[];
  readonly shmems: Draft<Shmem>[];
  readonly memories: Draft<MemoryDevice>[];
  readonly iommus: Draft<Iommu>[];
  readonly vsocks: Draft<Vsock>[];
  readonly cryptos: Draft<Crypto>[];
}

export function draftDevices(devices: DomainDevices | undefined): DeviceDrafts {
  return {
    disks: copies(devices?.disks),
    controllers: copies(devices?.controllers),
    filesystems: copies(devices?.filesystems),
    interfaces: copies(devices?.interfaces),
    smartcards: copies(devices?.smartcards),
    serials: copies(devices?.serials),
    parallels: copies(devices?.parallels),
    consoles: copies(devices?.consoles),
    channels: copies(devices?.channels),
    inputs: copies(devices?.inputs),
    tpms: copies(devices?.tpms),
    graphics: copies(devices?.graphics),
    sounds: copies(devices?.sounds),
    audios: copies(devices?.audios),
    videos: copies(devices?.videos),
    hostdevs: copies(devices?.hostdevs),
    redirdevs: copies(devices?.redirdevs),
    watchdogs: copies(devices?.watchdogs),
    hubs: copies(devices?.hubs),
    memballoons: devices?.memballoon === undefined ? [] : [{ ...devices.memballoon }],
    rngs: copies(devices?.rngs),
    panics: copies(devices?.panics),
    shmems: copies(devices?.shmems),
    memories: copies(devices?.memories),
    iommus: devices?.iommu === undefined ? [] : [{ ...devices.iommu }],
    vsocks: devices?.vsock === undefined ? [] : [{ ...devices.vsock }],
    cryptos: copies(devices?.cryptos),
  };
}

/** The devices of a definition again; classes without a device are left out. */
export function finishDevices(drafts: DeviceDrafts, written: DomainDevices | undefined): DomainDevices {
  const { memballoons, iommus, vsocks, ...lists } = drafts;
  const devices: Record<string, unknown> = {};
  if (written?.leases !== undefined) devices['leases'] = written.leases;
  if (written?.redirfilter !== undefined) devices['redirfilter'] = written.redirfilter;
  for (const [name, list] of Object.entries(lists)) if (list.length > 0) devices[name] = list;
  if (memballoons[0] !== undefined) devices['memballoon'] = memballoons[0];
  if (iommus[0] !== undefined) devices['iommu'] = iommus[0];
  if (vsocks[0] !== undefined) devices['vsock'] = vsocks[0];
  return devices as DomainDevices;
}

function copies<T>(list: readonly T[] | undefined): Draft<T>[] {
  return list === undefined ? [] : list.map((item) => ({ ...item }));
}
