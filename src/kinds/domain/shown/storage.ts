import type { BackingStore, Disk, NetworkStorage, StorageSource } from '../../../model/domain-devices.ts';
import { targetIndex } from '../complete/target-name.ts';
import { shownNetwork } from './network.ts';

/** libvirt keeps the disks of one bus together, by their names. */
export function shownDisks(disks: readonly Disk[]): readonly Disk[] {
  const buses = [...new Set(disks.map(({ bus }) => bus))];
  const rank = ({ bus }: Disk): number => buses.indexOf(bus);
  return disks.map(shownDisk).sort((a, b) => rank(a) - rank(b) || targetIndex(a.dev) - targetIndex(b.dev));
}

/** A disk with what libvirt writes although nobody said it. */
function shownDisk(disk: Disk): Disk {
  const { cache, iotune, tray, ...rest } = disk;
  const { backingStore } = disk;
  return {
    ...rest,
    ...shownSource(disk),
    ...(cache === undefined || cache === 'default' ? {} : { cache }),
    ...(tray === 'open' ? { tray } : {}),
    ...(iotune === undefined || Object.keys(iotune).length === 0 ? {} : { iotune }),
    ...(backingStore === undefined ? {} : { backingStore: shownBacking(backingStore) }),
    ...(disk.type === 'vhostuser' ? { snapshot: 'no' } : {}),
  };
}

function shownBacking(image: BackingStore): BackingStore {
  const { backingStore } = image;
  return {
    ...image,
    ...shownSource(image),
    ...(backingStore === undefined ? {} : { backingStore: shownBacking(backingStore) }),
  };
}

/** A disk is always one unit of its target. */
function withUnit(network: NetworkStorage): NetworkStorage {
  const { protocol, name } = network;
  return protocol === 'iscsi' && name !== undefined && !name.includes('/')
    ? { ...network, name: `${name}/0` }
    : network;
}

function shownSource({ network, nvme, encryption }: StorageSource): StorageSource {
  return {
    ...(network === undefined ? {} : { network: shownNetwork(withUnit(network)) }),
    ...(nvme === undefined ? {} : { nvme: { ...nvme, managed: nvme.managed ?? true } }),
    ...(encryption === undefined ? {} : { encryption: { engine: 'qemu', ...encryption } }),
  };
}
