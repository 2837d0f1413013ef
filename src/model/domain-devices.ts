import type { Audio } from './devices/audio.ts';
import type { CharacterDevice } from './devices/character-device.ts';
import type { Controller } from './devices/controller.ts';
import type { Disk } from './devices/disk.ts';
import type { Graphics } from './devices/graphics.ts';
import type { Input } from './devices/input.ts';
import type { Interface } from './devices/interface.ts';
import type { Memballoon } from './devices/memballoon.ts';
import type { Panic } from './devices/panic.ts';
import type { Rng } from './devices/rng.ts';
import type { Sound } from './devices/sound.ts';
import type { Tpm } from './devices/tpm.ts';
import type { Video } from './devices/video.ts';
import type { Vsock } from './devices/vsock.ts';
import type { Watchdog } from './devices/watchdog.ts';

export type * from './devices/audio.ts';
export type * from './devices/character-device.ts';
export type * from './devices/controller.ts';
export type * from './devices/device.ts';
export type * from './devices/disk.ts';
export type * from './devices/graphics.ts';
export type * from './devices/input.ts';
export type * from './devices/interface.ts';
export type * from './devices/memballoon.ts';
export type * from './devices/panic.ts';
export type * from './devices/rng.ts';
export type * from './devices/sound.ts';
export type * from './devices/tpm.ts';
export type * from './devices/video.ts';
export type * from './devices/vsock.ts';
export type * from './devices/watchdog.ts';

/**
 * Devices of a domain, in the flat form that YAML shows. `name` is the stable identity of a device (XML: the user
 * alias `ua-<name>`); without one, identity is what `complete` assigns. `alias` and `address` are assigned once.
 */
export interface DomainDevices {
  readonly disks?: readonly Disk[];
  readonly controllers?: readonly Controller[];
  readonly interfaces?: readonly Interface[];
  readonly serials?: readonly CharacterDevice[];
  readonly parallels?: readonly CharacterDevice[];
  readonly consoles?: readonly CharacterDevice[];
  readonly channels?: readonly CharacterDevice[];
  readonly inputs?: readonly Input[];
  readonly tpms?: readonly Tpm[];
  readonly graphics?: readonly Graphics[];
  readonly sounds?: readonly Sound[];
  readonly audios?: readonly Audio[];
  readonly videos?: readonly Video[];
  readonly watchdogs?: readonly Watchdog[];
  readonly memballoon?: Memballoon;
  readonly rngs?: readonly Rng[];
  readonly panics?: readonly Panic[];
  readonly vsock?: Vsock;
}
