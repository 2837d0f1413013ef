import type { Audio } from './devices/audio.ts';
import type { CharacterDevice } from './devices/character-device.ts';
import type { Controller } from './devices/controller.ts';
import type { Disk } from './devices/disk.ts';
import type { Filesystem } from './devices/filesystem.ts';
import type { Graphics } from './devices/graphics.ts';
import type { Hostdev } from './devices/hostdev.ts';
import type { Hub } from './devices/hub.ts';
import type { Input } from './devices/input.ts';
import type { Interface } from './devices/interface.ts';
import type { Iommu } from './devices/iommu.ts';
import type { Lease } from './devices/lease.ts';
import type { Memballoon } from './devices/memballoon.ts';
import type { MemoryDevice } from './devices/memory-device.ts';
import type { Panic } from './devices/panic.ts';
import type { Redirdev, RedirRule } from './devices/redirdev.ts';
import type { Rng } from './devices/rng.ts';
import type { Shmem } from './devices/shmem.ts';
import type { Smartcard } from './devices/smartcard.ts';
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
export type * from './devices/filesystem.ts';
export type * from './devices/graphics.ts';
export type * from './devices/hostdev.ts';
export type * from './devices/hub.ts';
export type * from './devices/input.ts';
export type * from './devices/interface.ts';
export type * from './devices/interface-network.ts';
export type * from './devices/iommu.ts';
export type * from './devices/lease.ts';
export type * from './devices/memballoon.ts';
export type * from './devices/memory-device.ts';
export type * from './devices/panic.ts';
export type * from './devices/redirdev.ts';
export type * from './devices/rng.ts';
export type * from './devices/rom.ts';
export type * from './devices/shmem.ts';
export type * from './devices/smartcard.ts';
export type * from './devices/sound.ts';
export type * from './devices/storage-source.ts';
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
  readonly leases?: readonly Lease[];
  readonly filesystems?: readonly Filesystem[];
  readonly interfaces?: readonly Interface[];
  readonly serials?: readonly CharacterDevice[];
  readonly parallels?: readonly CharacterDevice[];
  readonly consoles?: readonly CharacterDevice[];
  readonly smartcards?: readonly Smartcard[];
  readonly channels?: readonly CharacterDevice[];
  readonly inputs?: readonly Input[];
  readonly tpms?: readonly Tpm[];
  readonly graphics?: readonly Graphics[];
  readonly sounds?: readonly Sound[];
  readonly audios?: readonly Audio[];
  readonly videos?: readonly Video[];
  readonly hostdevs?: readonly Hostdev[];
  readonly redirdevs?: readonly Redirdev[];
  readonly redirfilter?: readonly RedirRule[];
  readonly watchdogs?: readonly Watchdog[];
  readonly hubs?: readonly Hub[];
  readonly memballoon?: Memballoon;
  readonly rngs?: readonly Rng[];
  readonly panics?: readonly Panic[];
  readonly shmems?: readonly Shmem[];
  readonly memories?: readonly MemoryDevice[];
  readonly iommu?: Iommu;
  readonly vsock?: Vsock;
}
