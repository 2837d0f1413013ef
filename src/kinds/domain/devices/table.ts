import type { DomainDevices } from '../../../model/domain-devices.ts';
import type { Shape } from '../../shape/field.ts';
import { audio } from './audio.ts';
import { channel } from './channel.ts';
import { many, one } from './contract.ts';
import { controller } from './controller.ts';
import { crypto } from './crypto.ts';
import { disk } from './disk.ts';
import { filesystem } from './filesystem.ts';
import { graphics } from './graphics.ts';
import { guestConsole } from './guest-console.ts';
import { hostdev } from './hostdev.ts';
import { hub } from './hub.ts';
import { input } from './input.ts';
import { iommu } from './iommu.ts';
import { lease } from './lease.ts';
import { memballoon } from './memballoon.ts';
import { memoryDevice } from './memory-device.ts';
import { networkInterface } from './network-interface.ts';
import { panic } from './panic.ts';
import { parallel } from './parallel.ts';
import { redirdev, redirfilterField } from './redirdev.ts';
import { rng } from './rng.ts';
import { serial } from './serial.ts';
import { shmem } from './shmem.ts';
import { smartcard } from './smartcard.ts';
import { sound } from './sound.ts';
import { tpm } from './tpm.ts';
import { video } from './video.ts';
import { vsock } from './vsock.ts';
import { watchdog } from './watchdog.ts';

/** Every device class, one row each, in the order in which libvirt writes them. */
export const deviceTable: Shape<DomainDevices> = {
  disks: many(disk),
  controllers: many(controller),
  leases: many(lease),
  filesystems: many(filesystem),
  interfaces: many(networkInterface),
  smartcards: many(smartcard),
  serials: many(serial),
  parallels: many(parallel),
  consoles: many(guestConsole),
  channels: many(channel),
  inputs: many(input),
  tpms: many(tpm),
  graphics: many(graphics),
  sounds: many(sound),
  audios: many(audio),
  videos: many(video),
  hostdevs: many(hostdev),
  redirdevs: many(redirdev),
  redirfilter: redirfilterField,
  watchdogs: many(watchdog),
  hubs: many(hub),
  memballoon: one(memballoon),
  rngs: many(rng),
  panics: many(panic),
  shmems: many(shmem),
  memories: many(memoryDevice),
  iommu: one(iommu),
  vsock: one(vsock),
  cryptos: many(crypto),
};
