import type { DomainDevices, Graphics, Input, Video } from '../../../model/domain-devices.ts';
import type { DeviceDrafts, Draft } from './draft.ts';
import { completeInterfaces } from './interfaces.ts';

/** Devices that a PC has without being asked, and the defaults of those that were named only. */
export function completeImplicitDevices(
  drafts: DeviceDrafts,
  previous: DomainDevices | undefined,
  hasPs2: boolean,
): void {
  for (const input of drafts.inputs) {
    const bus = defaultBus[input.type];
    if (bus !== undefined) input.bus ??= bus;
  }
  if (hasPs2) {
    addInput(drafts, 'mouse');
    addInput(drafts, 'keyboard');
  }
  if (drafts.memballoons.length === 0) drafts.memballoons.push({});
  if (drafts.graphics.length > 0 && drafts.videos.length === 0) drafts.videos.push(implicitVideo(previous));
  const sound = drafts.audios.length === 0 ? impliedAudio(drafts.graphics) : undefined;
  if (sound !== undefined) drafts.audios.push({ id: 1, type: sound });
}

const defaultBus: Partial<Record<Input['type'], Input['bus']>> = {
  mouse: 'ps2',
  keyboard: 'ps2',
  passthrough: 'virtio',
};

function addInput(drafts: DeviceDrafts, type: Input['type']): void {
  if (!drafts.inputs.some((input) => input.type === type && input.bus === 'ps2'))
    drafts.inputs.push({ type, bus: 'ps2' });
}

function implicitVideo(previous: DomainDevices | undefined): Draft<Video> {
  const model = previous?.videos?.[0]?.model;
  return model === undefined ? {} : { model };
}

/** The last screen that has sound says where it goes; a window of the host leaves that to QEMU. */
export function impliedAudio(graphics: readonly Graphics[]): 'none' | 'spice' | undefined {
  const last = graphics.findLast(({ type }) => type === 'vnc' || type === 'spice' || type === 'sdl');
  if (last === undefined) return graphics.length === 0 ? 'none' : undefined;
  return last.type === 'sdl' ? undefined : last.type === 'spice' ? 'spice' : 'none';
}

/** Comes after inheritance: a model once assigned is not replaced by a default. */
export function completeModels(drafts: DeviceDrafts): void {
  completeInterfaces(drafts.interfaces);
  for (const one of drafts.hostdevs) {
    one.managed ??= false;
    if (one.type === 'mdev') one.display ??= false;
  }
  for (const input of drafts.inputs) if (input.type === 'tablet') input.bus ??= 'usb';
  completeSmartcards(drafts.smartcards);
  for (const shmem of drafts.shmems) {
    shmem.model ??= 'ivshmem';
    if (shmem.model === 'ivshmem-doorbell')
      shmem.msi = { ...shmem.msi, ioeventfd: shmem.msi?.ioeventfd ?? true };
  }
  for (const memory of drafts.memories) {
    if (memory.model === 'virtio-pmem') memory.access ??= 'shared';
    if (memory.model === 'virtio-mem') memory.requestedSize ??= 0;
  }
  for (const one of drafts.graphics) {
    if (one.type === 'vnc' && one.port === undefined && one.socket === undefined) one.autoport ??= true;
  }
  completeVideos(drafts.videos);
  for (const watchdog of drafts.watchdogs) watchdog.action ??= 'reset';
  for (const memballoon of drafts.memballoons) memballoon.model ??= 'virtio';
  for (const vsock of drafts.vsocks) vsock.model ??= 'virtio';
  for (const panic of drafts.panics) panic.model ??= 'isa';
  for (const rng of drafts.rngs) {
    rng.model ??= 'virtio';
    rng.backend ??= 'random';
    if (rng.backend === 'random') rng.source ??= '/dev/random';
  }
  for (const tpm of drafts.tpms) {
    tpm.model ??= 'tpm-tis';
    tpm.backend ??= 'emulator';
    if (tpm.backend === 'passthrough') tpm.device ??= '/dev/tpm0';
    if (tpm.backend === 'emulator') tpm.version ??= tpm.model === 'tpm-tis' ? '1.2' : '2.0';
  }
}

/** All readers of a domain are slots of the first controller. */
function completeSmartcards(smartcards: DeviceDrafts['smartcards']): void {
  for (const card of smartcards) {
    if (card.address !== undefined) continue;
    const slots = smartcards.flatMap(({ address }) =>
      address?.type === 'ccid' && (address.controller ?? 0) === 0 ? [address.slot ?? 0] : [],
    );
    card.address = { type: 'ccid', controller: 0, slot: Math.max(-1, ...slots) + 1 };
  }
}

/** KiB */
const defaultVram: Partial<Record<NonNullable<Video['model']>, number>> = {
  qxl: 65_536,
  vga: 16_384,
  cirrus: 16_384,
  vmvga: 16_384,
  bochs: 16_384,
};

function powerOfTwo(value: number): number {
  return 2 ** Math.ceil(Math.log2(value));
}

function completeVideos(videos: DeviceDrafts['videos']): void {
  for (const video of videos) {
    video.model ??= 'cirrus';
    if (video.model === 'none') {
      delete video.address;
      continue;
    }
    video.heads ??= 1;
    if (video.model === 'qxl') {
      video.ram = powerOfTwo(video.ram || 65_536);
      video.vgamem ||= 16_384;
    }
    const vram = video.vram || defaultVram[video.model];
    if (vram !== undefined) video.vram = powerOfTwo(vram);
  }
  const first = videos[0];
  if (first !== undefined && first.model !== 'none' && !videos.some((video) => video.primary))
    first.primary = true;
}
