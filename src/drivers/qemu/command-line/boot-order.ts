import type { DomainSpec } from '../../../model/domain.ts';
import type { Disk } from '../../../model/domain-devices.ts';

/** Boot index by device alias: from `bootOrder`, or else the n-th word of `os.boot` gives the first of its class an n; the last n if it is said twice. */
export function bootOrder(spec: DomainSpec): ReadonlyMap<string, number> {
  const { disks = [], interfaces = [], filesystems = [], hostdevs = [], redirdevs = [] } = spec.devices ?? {};
  const indexes = new Map<string, number>();
  for (const { alias, bootOrder } of [...disks, ...interfaces, ...filesystems, ...hostdevs, ...redirdevs])
    if (alias !== undefined && bootOrder !== undefined) indexes.set(alias, bootOrder);
  if (indexes.size > 0) return indexes;
  const ordered = inTargetOrder(disks);
  const first = {
    hd: ordered.find(({ device = 'disk' }) => device === 'disk' || device === 'lun'),
    cdrom: ordered.find(({ device }) => device === 'cdrom'),
    fd: ordered.find(({ device }) => device === 'floppy'),
    network: interfaces[0],
  };
  for (const [at, word] of (spec.os?.boot ?? []).entries()) {
    const alias = first[word]?.alias;
    if (alias !== undefined) indexes.set(alias, at + 1);
  }
  return indexes;
}

/** libvirt's order: as written, but the disks of one bus stand together, by target name. */
export function inTargetOrder(disks: readonly Disk[]): readonly Disk[] {
  const buses = new Map<string, Disk[]>();
  for (const disk of disks) {
    const bus = disk.bus ?? 'virtio';
    buses.set(bus, [...(buses.get(bus) ?? []), disk]);
  }
  return [...buses.values()].flatMap((disksOfBus) => disksOfBus.sort(byTarget));
}

/** `vdz` comes before `vdaa`. */
function byTarget({ dev: a = '' }: Disk, { dev: b = '' }: Disk): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
