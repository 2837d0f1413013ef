import type { Reach, Touch } from '../model/touch.ts';
import { isBelow, matches } from './pattern.ts';
import type { GrantedDevices, GrantedPaths, Rules } from './policy.ts';

/** Where one reach is granted: the fields of a policy that may hold it, the first one for people. */
export type Grant =
  | { readonly by: 'paths'; readonly fields: readonly (keyof GrantedPaths)[] }
  | { readonly by: 'devices'; readonly field: keyof GrantedDevices }
  | { readonly by: 'list'; readonly field: ListField };

export type ListField =
  | 'bridges'
  | 'networks'
  | 'interfaces'
  | 'listen'
  | 'connect'
  | 'emulators'
  | 'machineTypes'
  | 'rawQemuArgs'
  | 'resources'
  | 'secrets'
  | 'volumes';

export const grants: Readonly<Record<Exclude<Reach, 'unlisted'>, Grant>> = {
  image: { by: 'paths', fields: ['images'] },
  iso: { by: 'paths', fields: ['iso', 'images'] },
  kernel: { by: 'paths', fields: ['kernel'] },
  firmware: { by: 'paths', fields: ['firmware'] },
  nvram: { by: 'paths', fields: ['images'] },
  share: { by: 'paths', fields: ['share'] },
  socket: { by: 'paths', fields: ['sockets'] },
  log: { by: 'paths', fields: ['logs'] },
  'block-device': { by: 'devices', field: 'block' },
  'char-device': { by: 'devices', field: 'char' },
  'pci-device': { by: 'devices', field: 'pci' },
  'usb-device': { by: 'devices', field: 'usb' },
  mdev: { by: 'devices', field: 'mdev' },
  'scsi-device': { by: 'devices', field: 'scsi' },
  'host-interface': { by: 'list', field: 'interfaces' },
  bridge: { by: 'list', field: 'bridges' },
  network: { by: 'list', field: 'networks' },
  listen: { by: 'list', field: 'listen' },
  connect: { by: 'list', field: 'connect' },
  emulator: { by: 'list', field: 'emulators' },
  machine: { by: 'list', field: 'machineTypes' },
  'qemu-argument': { by: 'list', field: 'rawQemuArgs' },
  secret: { by: 'list', field: 'secrets' },
  volume: { by: 'list', field: 'volumes' },
  resource: { by: 'list', field: 'resources' },
};

/** The field of the policy that decides, as it is written there. */
export function fieldOf(reach: Exclude<Reach, 'unlisted'>): string {
  const grant = grants[reach];
  if (grant.by === 'paths') return `paths.${grant.fields[0]}`;
  return grant.by === 'devices' ? `devices.${grant.field}` : grant.field;
}

/** Directories that grant it; undefined: it is no path below directories. */
export function rootsOf(reach: Reach, rules: Rules): readonly string[] | undefined {
  if (reach === 'unlisted') return undefined;
  const grant = grants[reach];
  return grant.by === 'paths' ? grant.fields.flatMap((field) => rules.paths?.[field] ?? []) : undefined;
}

export function isGranted({ reach, value }: Pick<Touch, 'reach' | 'value'>, rules: Rules): boolean {
  if (reach === 'unlisted') return rules.base === 'operator';
  const roots = rootsOf(reach, rules);
  if (roots) {
    const plain = !/(^|\/)\.{1,2}(\/|$)/.test(value);
    return value.startsWith('/') && plain && roots.some((root) => isBelow(value, root) || value === root);
  }
  const grant = grants[reach];
  const list =
    grant.by === 'devices' ? rules.devices?.[grant.field] : grant.by === 'list' ? rules[grant.field] : [];
  const said = reach === 'listen' && !value.includes(':') ? `${value}:` : value;
  return (list ?? []).some((pattern) => matches(value, pattern) || matches(said, pattern));
}
