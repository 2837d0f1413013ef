import type { DomainDevices } from '../../../model/domain-devices.ts';
import type { Shape } from '../../shape/field.ts';
import { audio } from './audio.ts';
import { channel } from './channel.ts';
import { many, one } from './contract.ts';
import { controller } from './controller.ts';
import { disk } from './disk.ts';
import { graphics } from './graphics.ts';
import { guestConsole } from './guest-console.ts';
import { input } from './input.ts';
import { memballoon } from './memballoon.ts';
import { networkInterface } from './network-interface.ts';
import { panic } from './panic.ts';
import { parallel } from './parallel.ts';
import { rng } from './rng.ts';
import { serial } from './serial.ts';
import { sound } from './sound.ts';
import { tpm } from './tpm.ts';
import { video } from './video.ts';
import { vsock } from './vsock.ts';
import { watchdog } from './watchdog.ts';

/** Every device class, one row each, in the order in which libvirt writes them. */
export const deviceTable: Shape<DomainDevices> = {
  disks: many(disk),
  controllers: many(controller),
  interfaces: many(networkInterface),
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
  watchdogs: many(watchdog),
  memballoon: one(memballoon),
  rngs: many(rng),
  panics: many(panic),
  vsock: one(vsock),
};
