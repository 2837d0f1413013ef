import type { Controller, Device, Disk, Interface } from '../../../model/domain-devices.ts';
import type { DeviceDrafts, Draft } from './draft.ts';
import type { Chipset } from './machine.ts';
import { targetIndex } from './target-name.ts';

/** libvirt's aliases; a device with a name is called after it. Given ones stay. */
export function assignAliases(drafts: DeviceDrafts, chipset: Chipset): void {
  const every: Draft<Device>[] = Object.values(drafts).flat();
  for (const device of every) if (device.name !== undefined) device.alias = `ua-${device.name}`;
  const taken = new Set<string>();
  for (const device of every) if (device.alias !== undefined) taken.add(device.alias);
  const give = (device: Draft<Device>, alias: string): void => {
    if (device.alias !== undefined) return;
    device.alias = alias;
    taken.add(alias);
  };
  const number = (devices: readonly Draft<Device>[], prefix: string): void => {
    let next = nextNumber(devices, prefix);
    for (const device of devices) {
      if (device.alias !== undefined) continue;
      while (taken.has(`${prefix}${next}`)) next += 1;
      give(device, `${prefix}${next}`);
      next += 1;
    }
  };
  for (const controller of drafts.controllers)
    if (controller.model !== 'none') give(controller, controllerAlias(controller, chipset, drafts));
  for (const disk of drafts.disks) {
    const alias = diskAlias(disk, drafts);
    if (alias !== undefined && !taken.has(alias)) give(disk, alias);
  }
  number(drafts.disks, 'disk');
  number(drafts.filesystems, 'fs');
  number(drafts.hubs, 'hub');
  // A card of the host is a device of the host.
  const isOfHost = ({ type }: Interface) => type === 'hostdev';
  number(
    drafts.interfaces.filter((one) => !isOfHost(one)),
    'net',
  );
  number(drafts.interfaces.filter(isOfHost), 'hostdev');
  number(drafts.serials, 'serial');
  number(drafts.parallels, 'parallel');
  const first = drafts.consoles[0];
  if (first?.targetType === 'serial') {
    const serial = drafts.serials[0]?.alias;
    if (serial === undefined) delete first.alias;
    else first.alias = serial;
  }
  drafts.consoles.forEach((console, index) => {
    if (!taken.has(`console${index}`)) give(console, `console${index}`);
  });
  number(drafts.consoles, 'console');
  number(drafts.channels, 'channel');
  number(drafts.inputs, 'input');
  number(drafts.sounds, 'sound');
  number(drafts.smartcards, 'smartcard');
  number(drafts.hostdevs, 'hostdev');
  number(drafts.redirdevs, 'redir');
  number(drafts.shmems, 'shmem');
  nameMemories(drafts.memories, number, give);
  number(drafts.iommus, 'iommu');
  // The primary card is the first, wherever it stands.
  number(
    drafts.videos.toSorted((a, b) => Number(b.primary === true) - Number(a.primary === true)),
    'video',
  );
  number(drafts.watchdogs, 'watchdog');
  number(
    drafts.memballoons.filter((one) => one.model !== 'none'),
    'balloon',
  );
  number(drafts.rngs, 'rng');
  number(drafts.panics, 'panic');
  number(drafts.tpms, 'tpm');
  number(drafts.vsocks, 'vsock');
  number(drafts.cryptos, 'crypto');
}

const memoryPrefixes = {
  dimm: 'dimm',
  nvdimm: 'nvdimm',
  'virtio-mem': 'virtiomem',
  'virtio-pmem': 'virtiopmem',
  'sgx-epc': 'epc',
} as const;

/** A module is called after its slot. */
function nameMemories(
  memories: DeviceDrafts['memories'],
  number: (devices: readonly Draft<Device>[], prefix: string) => void,
  give: (device: Draft<Device>, alias: string) => void,
): void {
  for (const memory of memories)
    if (memory.address?.type === 'dimm')
      give(memory, `${memoryPrefixes[memory.model]}${memory.address.slot}`);
  for (const [model, prefix] of Object.entries(memoryPrefixes))
    number(
      memories.filter((memory) => memory.model === model),
      prefix,
    );
}

/** Numbers are not used again while a higher one is in use, so that a new device is never taken for an old one. */
function nextNumber(devices: readonly Device[], prefix: string): number {
  let next = 0;
  for (const { alias } of devices) {
    if (alias === undefined || !alias.startsWith(prefix)) continue;
    const digits = alias.slice(prefix.length);
    if (/^\d+$/.test(digits)) next = Math.max(next, Number(digits) + 1);
  }
  return next;
}

function controllerAlias(controller: Controller, chipset: Chipset, drafts: DeviceDrafts): string {
  const { type, index = 0 } = controller;
  switch (type) {
    case 'pci':
      return index === 0 && chipset === 'q35' ? 'pcie.0' : `pci.${index}`;
    case 'usb': {
      // Companions have no id of their own in QEMU; theirs only tells them apart.
      const base = index === 0 ? 'usb' : `usb${index}`;
      const part = /^ich9-(uhci\d)$/.exec(controller.model ?? '')?.[1];
      const isPart =
        part !== undefined &&
        drafts.controllers.some(
          (one) => one.type === 'usb' && one.index === index && one.model === 'ich9-ehci1',
        );
      return isPart ? `${base}-${part}` : base;
    }
    case 'ide':
      return index === 0 && chipset === 'i440fx' ? 'ide' : `ide${index}`;
    case 'sata':
      return index === 0 && chipset === 'q35' ? 'ide' : `sata${index}`;
    default:
      return `${type}${index}`;
  }
}

function diskAlias(disk: Disk, drafts: DeviceDrafts): string | undefined {
  const index = targetIndex(disk.dev);
  if (disk.bus === 'virtio' || disk.bus === 'usb') {
    if (index < 0) return undefined;
    return disk.bus === 'virtio' ? `virtio-disk${index}` : `usb-disk${index}`;
  }
  if (disk.address?.type !== 'drive') return undefined;
  const { controller = 0, bus = 0, target = 0, unit = 0 } = disk.address;
  if (disk.bus !== 'scsi') return `${disk.bus}${controller}-${bus}-${unit}`;
  const model = drafts.controllers.find((one) => one.type === 'scsi' && one.index === controller)?.model;
  return model === 'lsilogic'
    ? `scsi${controller}-${bus}-${unit}`
    : `scsi${controller}-${bus}-${target}-${unit}`;
}
