import type { DomainDevices } from '../../../model/domain-devices.ts';
import { buildChannel, buildConsole, buildParallel, buildSerial } from './character-device.ts';
import type { DeviceBuild, DeviceBuilder } from './contract.ts';
import { buildController } from './controller.ts';
import { buildDisk } from './disk.ts';
import { buildAudio, buildGraphics, buildInput, buildSound, buildVideo } from './display.ts';
import { buildInterface } from './interface.ts';
import { buildMemballoon, buildPanic, buildRng, buildTpm, buildVsock, buildWatchdog } from './platform.ts';

/** One row per class of device, in the order of the command line: buses before what sits on them. */
const builders: { readonly [L in keyof Required<DomainDevices>]: DeviceBuilder<L> } = {
  controllers: buildController,
  disks: buildDisk,
  interfaces: buildInterface,
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
  memballoon: buildMemballoon,
  rngs: buildRng,
  panics: buildPanic,
  vsock: buildVsock,
};

export function buildDevices(devices: DomainDevices, build: DeviceBuild): void {
  for (const list of Object.keys(builders) as (keyof DomainDevices)[]) buildClass(list, devices, build);
}

function buildClass<L extends keyof DomainDevices>(
  list: L,
  devices: DomainDevices,
  build: DeviceBuild,
): void {
  const builder = builders[list] as DeviceBuilder<L>;
  const found = devices[list];
  const each = (found === undefined ? [] : Array.isArray(found) ? found : [found]) as Parameters<
    typeof builder
  >[0][];
  const ordered = list === 'controllers' ? (byBus(each as never) as typeof each) : each;
  for (const [index, device] of ordered.entries()) builder(device, build, index);
}

/** PCI first and by number, so that every bridge comes before what hangs below it; USB masters before companions. */
function byBus(controllers: NonNullable<DomainDevices['controllers']>): typeof controllers {
  const rank = (type: string) => (type === 'pci' ? 0 : 1);
  return [...controllers].sort(
    (a, b) =>
      rank(a.type) - rank(b.type) ||
      (a.type === 'pci' && b.type === 'pci' ? (a.index ?? 0) - (b.index ?? 0) : 0) ||
      (a.type === 'usb' && b.type === 'usb'
        ? Number(a.masterStartport !== undefined) - Number(b.masterStartport !== undefined)
        : 0),
  );
}
