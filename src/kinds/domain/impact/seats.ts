import type { DomainDef } from '../../../model/domain.ts';
import type {
  Device,
  DeviceAddress,
  DomainDevices,
  PciAddress,
  UsbAddress,
} from '../../../model/domain-devices.ts';

/** Bridges behind which a slot may be filled and emptied while the machine runs. */
const hotplugBuses: ReadonlySet<string> = new Set([
  'pci-root',
  'pci-bridge',
  'pcie-root-port',
  'pcie-switch-downstream-port',
]);

/** Where the device sits can be plugged and unplugged: the bus is there, and made for it. */
export function isHotplugSeat({ address }: Device, def: DomainDef): boolean {
  switch (address?.type) {
    case 'pci':
      return isHotplugSlot(address, def);
    case 'usb':
      return controllerModel(def, 'usb', address.bus) !== undefined && hasHub(address, def);
    case 'virtio-serial':
      return controllerModel(def, 'virtio-serial', address.controller) !== undefined;
    case 'drive':
      return controllerModel(def, 'scsi', address.controller)?.startsWith('virtio') === true;
    case 'dimm':
      return true;
    default:
      return false;
  }
}

/** Nobody else sits there. */
export function isFreeSeat({ address }: Device, def: DomainDef): boolean {
  return address !== undefined && devicesOf(def).every((other) => !sameSeat(address, other.address));
}

function isHotplugSlot({ bus = 0, multifunction, function: fn = 0 }: PciAddress, def: DomainDef): boolean {
  if (fn !== 0 || multifunction) return false;
  const isI440fx = !/q35/.test(def.spec.os?.machine ?? 'pc');
  if (bus === 0) return isI440fx;
  const bridge = def.spec.devices?.controllers?.find(({ type, index }) => type === 'pci' && index === bus);
  return bridge !== undefined && bridge.hotplug !== false && hotplugBuses.has(bridge.model ?? '');
}

/** Port 1.2 is a port of the hub in port 1. */
function hasHub({ bus = 0, port = '' }: UsbAddress, { spec }: DomainDef): boolean {
  const above = port.slice(0, Math.max(port.lastIndexOf('.'), 0));
  if (above === '') return true;
  return (spec.devices?.hubs ?? []).some(
    ({ address }) => address?.type === 'usb' && (address.bus ?? 0) === bus && address.port === above,
  );
}

function controllerModel(def: DomainDef, type: string, index = 0): string | undefined {
  const found = def.spec.devices?.controllers?.find((one) => one.type === type && (one.index ?? 0) === index);
  return found && (found.model ?? '');
}

/** Every function of a PCI slot is one seat: it comes and goes as a whole. */
function sameSeat(a: DeviceAddress, b: DeviceAddress | undefined): boolean {
  if (b === undefined || a.type !== b.type) return false;
  if (a.type === 'pci' && b.type === 'pci') return (a.bus ?? 0) === (b.bus ?? 0) && a.slot === b.slot;
  return JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
}

function devicesOf({ spec }: DomainDef): readonly Device[] {
  return Object.values(spec.devices ?? ({} as DomainDevices)).flat() as readonly Device[];
}
