import type { DomainDef } from '../../../model/domain.ts';
import type {
  CharacterDevice,
  Controller,
  Device,
  Disk,
  Hostdev,
  Interface,
  MemoryDevice,
} from '../../../model/domain-devices.ts';
import type { LiveList } from '../../../model/live-change.ts';
import { isHotplugSeat } from './seats.ts';

type Test<D> = (device: D, def: DomainDef) => boolean;
const always = (): boolean => true;

/** Devices that QEMU plugs while the machine runs, wherever they sit. */
const pluggable: Readonly<Record<LiveList, Test<never>>> = {
  controllers: ({ type, model }: Controller) => type === 'scsi' && model?.startsWith('virtio') === true,
  memories: ({ model }: MemoryDevice, { spec }: DomainDef) =>
    (model === 'dimm' || model === 'virtio-mem') && hasRoomForMemory(spec),
  disks: ({ bus, device = 'disk' }: Disk) =>
    bus === 'virtio' || bus === 'usb' || (bus === 'scsi' && device !== 'floppy'),
  // A macvtap is inherited by QEMU at its start.
  interfaces: ({ type }: Interface) => type !== 'direct',
  channels: ({ targetType = 'virtio' }: CharacterDevice) => targetType === 'virtio',
  serials: ({ targetType }: CharacterDevice) => targetType === 'pci-serial' || targetType === 'usb-serial',
  inputs: always,
  redirdevs: always,
  hostdevs: ({ type }: Hostdev) => type === 'usb' || type === 'pci',
  rngs: always,
  shmems: always,
};

/** Whether this device may come to, or go from, the machine that runs. */
export function mayPlug(list: LiveList, device: Device, def: DomainDef): boolean {
  return (pluggable[list] as Test<Device>)(device, def) && isHotplugSeat(device, def);
}

function hasRoomForMemory(spec: object): boolean {
  return 'maxMemory' in spec && spec.maxMemory !== undefined;
}
