import type { DomainDevices } from './domain-devices.ts';

/** What can be done to a machine while it runs. One file each in `drivers/qemu/live/`. */
export const liveOperations = [
  'attach',
  'detach',
  'medium',
  'tray',
  'throttle',
  'link',
  'bandwidth',
  'bridge',
  'resize',
  'watchdog',
  'listen',
  'password',
  'vcpus',
  'balloon',
  'iothreads',
  'tune',
] as const;

export type LiveOperation = (typeof liveOperations)[number];

/** Lists of devices that may be plugged in and out. */
export const liveLists = [
  'controllers',
  'memories',
  'disks',
  'interfaces',
  'channels',
  'serials',
  'inputs',
  'redirdevs',
  'hostdevs',
  'rngs',
  'shmems',
] as const satisfies readonly (keyof DomainDevices)[];

export type LiveList = (typeof liveLists)[number];

/** One change of a running machine. What it is to become stands in the definition that goes with it. */
export interface LiveChange {
  readonly operation: LiveOperation;
  /** Absent: it is about the machine as a whole. */
  readonly device?: LiveDevice;
}

export interface LiveDevice {
  readonly list: LiveList | 'watchdogs';
  readonly alias: string;
}
