import type { CharacterDevice, Device } from '../../../model/domain-devices.ts';
import { hostdevIdentity } from '../hostdev-identity.ts';
import type { DeviceDrafts, Draft } from './draft.ts';

/** How devices of one class find themselves again, and what they then take over. */
interface InheritRule<D extends Device> {
  /** Devices of different families are never the same one. */
  family?(device: D): string | undefined;
  /** What tells a device apart, when the spec gives it. */
  key?(device: D): string | number | undefined;
  /** Assigned once, whatever else changes. */
  readonly assigned: readonly (keyof D)[];
  /** An address, an alias and `seated` fields fit only while this stays the same. */
  seat?(device: D): string | undefined;
  readonly seated?: readonly (keyof D)[];
  /** The spec now asks for another seat. */
  moved?(device: D, old: D): boolean;
}

const port: InheritRule<CharacterDevice> = {
  family: (device) => device.targetType,
  key: (device) => device.port,
  assigned: ['targetType', 'targetModel', 'port'],
};

/** Controllers and consoles have ways of their own, displays and audio backends no seat that a guest could see. */
type Seated = Exclude<keyof DeviceDrafts, 'controllers' | 'consoles' | 'graphics' | 'audios'>;

const rules: { readonly [K in Seated]: InheritRule<DeviceDrafts[K][number]> } = {
  disks: {
    key: (disk) => disk.dev,
    assigned: ['bus'],
    seat: (disk) => disk.bus,
    seated: ['dev'],
    moved: (disk, old) => disk.dev !== undefined && old.dev !== undefined && disk.dev !== old.dev,
  },
  interfaces: {
    family: (one) => String(one.type === 'hostdev'),
    key: (one) => one.mac,
    assigned: ['mac', 'model', 'mode'],
    seat: (one) => one.model,
  },
  filesystems: { key: (share) => share.target, assigned: ['model'], seat: (share) => share.model },
  hubs: { assigned: [] },
  hostdevs: {
    family: (one) => one.type,
    key: hostdevIdentity,
    assigned: ['display'],
    seat: (one) => one.model,
  },
  serials: port,
  parallels: port,
  channels: { ...port, key: (channel) => channel.targetName, assigned: ['targetType'] },
  inputs: { family: (input) => input.type, assigned: ['bus'], seat: (input) => input.bus },
  tpms: { assigned: ['model', 'version'] },
  sounds: { family: (sound) => sound.model, assigned: [] },
  videos: {
    assigned: ['model'],
    seat: (video) => video.model,
    seated: ['heads', 'ram', 'vram', 'vgamem'],
  },
  watchdogs: { family: (watchdog) => watchdog.model, assigned: [] },
  memballoons: { assigned: ['model'], seat: (memballoon) => memballoon.model },
  rngs: { assigned: ['model'], seat: (rng) => rng.model },
  panics: { assigned: ['model'], seat: (panic) => panic.model },
  shmems: { key: (one) => one.shmem, assigned: ['model'], seat: (one) => one.model },
  memories: { family: (one) => one.model, key: (one) => one.path, assigned: [] },
  iommus: { family: (one) => one.model, assigned: [] },
  redirdevs: { assigned: ['bus'] },
  smartcards: { family: (one) => one.mode, assigned: [] },
  cryptos: { assigned: [] },
  vsocks: { assigned: ['model'], seat: (vsock) => vsock.model },
};

/** Fields that say more about who a device is than the others do. */
const telling = new Set([
  'file',
  'block',
  'volume',
  'bridge',
  'network',
  'dev',
  'target',
  'path',
  'service',
  'serial',
  'wwn',
  'address',
  'alias',
]);

/**
 * Hands assigned values of `previous` to the devices that are still there. `keepSeats` is false when the machine
 * changed, and no old address means anything. Returns the devices whose address is inherited, not written.
 */
export function inheritDevices(
  drafts: DeviceDrafts,
  previous: DeviceDrafts,
  keepSeats: boolean,
): Set<object> {
  const inherited = new Set<object>();
  for (const name of Object.keys(rules) as (keyof typeof rules)[]) {
    const rule = rules[name] as InheritRule<Device>;
    const olds = previous[name];
    if (olds.length === 0) continue;
    for (const [device, old] of pairUp(drafts[name], olds, rule))
      inherit(device, old, rule, keepSeats, inherited);
  }
  inheritVirtioConsoles(drafts, previous, keepSeats, inherited);
  return inherited;
}

function inherit<D extends Device>(
  device: Draft<D>,
  old: D,
  rule: InheritRule<D>,
  keepSeats: boolean,
  inherited: Set<object>,
): void {
  const target: Partial<Draft<D>> = device;
  const moved = rule.moved?.(device as D, old) === true;
  if (!moved) for (const field of rule.assigned) take(target, old, field);
  const seat = rule.seat ?? (() => undefined);
  if (seat(device as D) !== seat(old)) return;
  for (const field of rule.seated ?? []) take(target, old, field);
  if (!keepSeats) return;
  if (
    device.alias === undefined &&
    device.name === undefined &&
    old.name === undefined &&
    old.alias !== undefined
  )
    device.alias = old.alias;
  if (device.address === undefined && old.address !== undefined && !moved) {
    device.address = old.address;
    inherited.add(device);
  }
}

function take<D>(target: Partial<Draft<D>>, old: D, field: keyof D): void {
  if (target[field] === undefined && old[field] !== undefined) target[field] = old[field];
}

/** The serial console is made anew from its serial port; only virtio consoles have a seat of their own. */
function inheritVirtioConsoles(
  drafts: DeviceDrafts,
  previous: DeviceDrafts,
  keepSeats: boolean,
  inherited: Set<object>,
): void {
  const own = (device: CharacterDevice): boolean => device.targetType === 'virtio';
  const pairs = pairUp(drafts.consoles.filter(own), previous.consoles.filter(own), port);
  for (const [device, old] of pairs) inherit(device, old, port, keepSeats, inherited);
}

/** By name, then by key, then by equal content, then in order of appearance. */
function pairUp<D extends Device>(
  devices: readonly D[],
  olds: readonly D[],
  rule: InheritRule<D>,
): Map<D, D> {
  const pairs = new Map<D, D>();
  const free = new Set(olds);
  const pair = (list: readonly D[], same: (device: D, old: D) => boolean) => {
    for (const device of list) {
      if (pairs.has(device)) continue;
      for (const old of free) {
        if (!mayBeSame(device, old, rule) || !same(device, old)) continue;
        pairs.set(device, old);
        free.delete(old);
        break;
      }
    }
  };
  pair(devices, (device, old) => device.name !== undefined && device.name === old.name);
  if (free.size === 0) return pairs;
  const key = rule.key;
  if (key !== undefined)
    pair(devices, (device, old) => key(device) !== undefined && key(device) === key(old));
  const left = devices.filter((device) => !pairs.has(device));
  if (left.length === 0) return pairs;
  const bySaying = left.length === 1 ? left : [...left].sort((a, b) => says(b) - says(a));
  pair(bySaying, (device, old) => covers(old, device));
  pair(
    left,
    (device, old) =>
      key === undefined || key(device) === undefined || key(old) === undefined || key(device) === key(old),
  );
  return pairs;
}

function mayBeSame<D extends Device>(device: D, old: D, rule: InheritRule<D>): boolean {
  if (device.name !== undefined && old.name !== undefined && device.name !== old.name) return false;
  const family = rule.family?.(device);
  return family === undefined || family === rule.family?.(old);
}

function says(device: object): number {
  let sum = 0;
  for (const field of Object.keys(device)) sum += telling.has(field) ? 100 : 1;
  return sum;
}

/** Whether every field that the new device gives has this value in the old one. */
function covers(old: object, device: object): boolean {
  for (const [field, value] of Object.entries(device)) {
    if (field === 'name' || field === 'alias') continue;
    const before = (old as Record<string, unknown>)[field];
    if (before !== value && (typeof value !== 'object' || JSON.stringify(before) !== JSON.stringify(value)))
      return false;
  }
  return true;
}
