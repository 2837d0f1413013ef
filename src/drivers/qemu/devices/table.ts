import type { DomainDevices, Video } from '../../../model/domain-devices.ts';
import { inTargetOrder } from '../command-line/boot-order.ts';
import { parentsFirst } from '../command-line/parents-first.ts';
import { buildAudio } from './audio.ts';
import { buildChannel } from './channel.ts';
import type { DeviceBuild, DeviceBuilder, DeviceOf } from './contract.ts';
import { buildController } from './controller.ts';
import { buildCrypto } from './crypto.ts';
import { buildDisk } from './disk.ts';
import { buildFilesystem } from './filesystem.ts';
import { buildGraphics } from './graphics.ts';
import { buildConsole } from './guest-console.ts';
import { buildHostdev } from './hostdev.ts';
import { buildHub } from './hub.ts';
import { buildInput } from './input.ts';
import { buildInterface } from './interface.ts';
import { buildIommu } from './iommu.ts';
import { buildMemballoon } from './memballoon.ts';
import { buildMemoryDevice } from './memory-device.ts';
import { buildPanic } from './panic.ts';
import { buildParallel } from './parallel.ts';
import { buildRedirdev } from './redirdev.ts';
import { buildRng } from './rng.ts';
import { buildSerial } from './serial.ts';
import { buildShmem } from './shmem.ts';
import { buildSmartcard } from './smartcard.ts';
import { buildSound } from './sound.ts';
import { buildTpm } from './tpm.ts';
import { buildVideo, isPrimary } from './video.ts';
import { buildVsock } from './vsock.ts';
import { buildWatchdog } from './watchdog.ts';

/** One row per class of device, in the order of the command line: buses before what sits on them. */
const builders: { readonly [L in keyof Required<DomainDevices>]: DeviceBuilder<L> } = {
  iommu: buildIommu,
  controllers: buildController,
  memories: buildMemoryDevice,
  hubs: buildHub,
  disks: buildDisk,
  // A lease is a lock manager's: QEMU knows nothing of it.
  leases: () => undefined,
  filesystems: buildFilesystem,
  interfaces: buildInterface,
  smartcards: buildSmartcard,
  serials: buildSerial,
  parallels: buildParallel,
  channels: buildChannel,
  consoles: buildConsole,
  tpms: buildTpm,
  inputs: buildInput,
  audios: buildAudio,
  graphics: buildGraphics,
  videos: buildVideo,
  sounds: buildSound,
  watchdogs: buildWatchdog,
  redirdevs: buildRedirdev,
  redirfilter: () => {},
  hostdevs: buildHostdev,
  memballoon: buildMemballoon,
  rngs: buildRng,
  panics: buildPanic,
  shmems: buildShmem,
  vsock: buildVsock,
  cryptos: buildCrypto,
};

export function buildDevices(devices: DomainDevices, build: DeviceBuild): void {
  const ordered = inCommandLineOrder(devices);
  for (const list of Object.keys(builders) as (keyof DomainDevices)[]) buildClass(list, ordered, build);
}

/** One device for a machine that runs. */
export function buildDevice<L extends keyof DomainDevices>(
  list: L,
  device: DeviceOf<L>,
  build: DeviceBuild,
): void {
  builders[list](device, build, 0);
}

function buildClass<L extends keyof DomainDevices>(
  list: L,
  devices: DomainDevices,
  build: DeviceBuild,
): void {
  const found = devices[list];
  const each = (found === undefined ? [] : Array.isArray(found) ? found : [found]) as DeviceOf<L>[];
  for (const [index, device] of each.entries()) builders[list](device, build, index);
}

function inCommandLineOrder(devices: DomainDevices): DomainDevices {
  const { controllers, disks, videos } = devices;
  return {
    ...devices,
    ...(controllers === undefined ? {} : { controllers: parentsFirst(controllers) }),
    ...(disks === undefined ? {} : { disks: inTargetOrder(disks) }),
    ...(videos === undefined ? {} : { videos: primaryFirst(videos) }),
  };
}

function primaryFirst(videos: readonly Video[]): readonly Video[] {
  return [...videos].sort((a, b) => Number(isPrimary(b, videos)) - Number(isPrimary(a, videos)));
}
