import type { BackingStore, Disk, NetworkStorage, StorageSource } from '../../../model/domain-devices.ts';
import { targetIndex } from '../complete/target-name.ts';
import { defaultPorts } from '../default-ports.ts';

/** libvirt keeps the disks of one bus together, by their names. */
export function shownDisks(disks: readonly Disk[]): readonly Disk[] {
  const buses = [...new Set(disks.map(({ bus }) => bus))];
  const rank = ({ bus }: Disk): number => buses.indexOf(bus);
  return disks.map(shownDisk).sort((a, b) => rank(a) - rank(b) || targetIndex(a.dev) - targetIndex(b.dev));
}

/** A disk with what libvirt writes although nobody said it. */
function shownDisk(disk: Disk): Disk {
  const { cache, iotune, ...rest } = disk;
  const { backingStore } = disk;
  return {
    ...rest,
    ...shownSource(disk),
    ...(cache === undefined || cache === 'default' ? {} : { cache }),
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

function shownSource({ network, nvme, encryption }: StorageSource): StorageSource {
  return {
    ...(network === undefined ? {} : { network: shownNetwork(network) }),
    ...(nvme === undefined ? {} : { nvme: { ...nvme, managed: nvme.managed ?? true } }),
    ...(encryption === undefined ? {} : { encryption: { engine: 'qemu', ...encryption } }),
  };
}

function shownNetwork(network: NetworkStorage): NetworkStorage {
  const { protocol, name, hosts } = network;
  const port = protocol === 'nfs' ? 0 : defaultPorts[protocol];
  return {
    ...network,
    ...(protocol === 'iscsi' && name !== undefined && !name.includes('/') ? { name: `${name}/0` } : {}),
    ...(hosts === undefined
      ? {}
      : {
          hosts: hosts.map((host) => {
            const { port: given = port, ...rest } = host;
            return host.transport === 'unix' || given === 0 ? rest : { ...rest, port: given };
          }),
        }),
  };
}
