import type { DomainSpec } from '../../../model/domain.ts';
import type { Device, PciAddress } from '../../../model/domain-devices.ts';
import { type DeviceDrafts, draftDevices } from '../complete/draft.ts';
import { type Chipset, chipsetOf } from '../complete/machine.ts';
import { type PciDevice, pciDevices } from '../complete/pci-devices.ts';
import { slotsOfBridge, takesBridge } from '../complete/pci-topology.ts';
import { hubsOf, portsOfHub, portsOfUsbController, usbDevices } from '../complete/usb-ports.ts';
/** Checks of a completed definition: that every device has a place, and has it for itself. */
import { pciText } from '../pci-text.ts';
import { devicesWithPaths, type PlacedDevice } from './identity.ts';
import type { Report } from './report.ts';

export function checkAddresses(spec: DomainSpec, report: Report): void {
  const chipset = chipsetOf(spec.os?.machine ?? 'pc');
  const places = devicesWithPaths(spec.devices);
  const drafts = draftDevices(spec.devices);
  const paths = new Map<Device, string>();
  // Drafts are copies in the same order.
  const copies = devicesWithPaths({
    ...drafts,
    memballoon: drafts.memballoons[0],
    vsock: drafts.vsocks[0],
  } as DomainSpec['devices']);
  const byPath = new Set(places.map((place) => place.path));
  for (const { device, path } of copies) if (byPath.has(path)) paths.set(device, path);
  const pathOf = (device: Device): string => paths.get(device) ?? 'spec.devices';
  checkAcpiIndexes(places, report);
  checkUnassigned(places, report);
  if (chipset !== 'other') checkPci(drafts, chipset, pathOf, report);
  else if (pciDevices(drafts, 'i440fx').some(({ device }) => device.address === undefined))
    report(
      'not-supported',
      'spec.os.machine',
      `${spec.os?.machine} is no PC whose PCI slots could be given to devices`,
      'use q35 or pc, or leave out all PCI devices (memballoon: {model: none})',
    );
  checkDrives(drafts, pathOf, report);
  checkVirtioSerial(drafts, pathOf, report);
  checkUsb(drafts, pathOf, report);
}

type PathOf = (device: Device) => string;

function checkPci(drafts: DeviceDrafts, chipset: Chipset, pathOf: PathOf, report: Report): void {
  const models = new Map<number, string>();
  for (const one of drafts.controllers) if (one.type === 'pci') models.set(one.index ?? 0, one.model ?? '');
  const taken = new Map<string, string>();
  for (const seat of builtinSeats(chipset)) taken.set(seat, 'the chipset');
  for (const entry of pciDevices(drafts, chipset)) {
    const path = pathOf(entry.device);
    const address = entry.device.address;
    if (address === undefined) {
      report(
        'address-conflict',
        path,
        'the machine has no free PCI slot for this device',
        'add a PCI bridge, or remove a device',
      );
      continue;
    }
    if (address.type !== 'pci') {
      report(
        'conflicting-options',
        `${path}.address`,
        `this is a PCI device; its address cannot be of type ${address.type}`,
      );
      continue;
    }
    const seat = pciText(address);
    checkBuiltin(entry, seat, chipset, path, report);
    checkSlot(entry, address, models, path, report);
    const other = isBuiltin(entry, chipset) ? undefined : taken.get(seat);
    if (other !== undefined)
      report(
        'address-conflict',
        `${path}.address`,
        `PCI address ${seat} is taken by ${other}`,
        'leave address out: a free one is found',
      );
    taken.set(seat, path);
  }
}

/** Only a PCI device has a number in its name. */
function checkAcpiIndexes(places: readonly PlacedDevice[], report: Report): void {
  for (const { device, path } of places)
    if (device.acpiIndex !== undefined && device.address !== undefined && device.address.type !== 'pci')
      report('conflicting-options', `${path}.acpiIndex`, 'acpiIndex is for PCI devices', 'leave it out');
}

/** Only a device of the host can be kept from the host without being given to the guest. */
function checkUnassigned(places: readonly PlacedDevice[], report: Report): void {
  for (const { device, path } of places)
    if (device.address?.type === 'unassigned' && !/\.(hostdevs|interfaces)\[/.test(path))
      report(
        'conflicting-options',
        `${path}.address`,
        'an address of type unassigned is for devices of the host',
        'leave address out',
      );
}

/** Functions that the chipset's own parts take, and those kept for them. */
function builtinSeats(chipset: Chipset): string[] {
  if (chipset === 'q35') return ['0000:00:1f.0', '0000:00:1f.3'];
  return [0, 1, 2, 3, 4, 5, 6, 7].map((fn) => `0000:00:01.${fn}`);
}

/** Where a part of the chipset has to be; undefined for all other devices. */
function builtinSeat({ controller }: PciDevice, chipset: Chipset): string | undefined {
  if (controller === undefined || controller.index !== 0) return undefined;
  if (chipset === 'q35') return controller.type === 'sata' ? '0000:00:1f.2' : undefined;
  if (controller.type === 'ide') return '0000:00:01.1';
  return controller.type === 'usb' && controller.model === 'piix3-uhci' ? '0000:00:01.2' : undefined;
}

function isBuiltin(entry: PciDevice, chipset: Chipset): boolean {
  return builtinSeat(entry, chipset) !== undefined;
}

function checkBuiltin(entry: PciDevice, seat: string, chipset: Chipset, path: string, report: Report): void {
  const fixed = builtinSeat(entry, chipset);
  if (fixed !== undefined && seat !== fixed)
    report(
      'address-conflict',
      `${path}.address`,
      `this controller is part of the chipset, at ${fixed}; it cannot be at ${seat}`,
      'leave address out',
    );
}

function checkSlot(
  { controller, connection }: PciDevice,
  address: PciAddress,
  models: ReadonlyMap<number, string>,
  path: string,
  report: Report,
): void {
  const bus = address.bus ?? 0;
  const model = models.get(bus);
  const slots = model === undefined ? undefined : slotsOfBridge(model);
  if (model === undefined || slots === undefined) {
    report(
      'missing-controller',
      `${path}.address.bus`,
      `there is no PCI bus ${bus}`,
      'add a PCI controller, or leave address out',
    );
    return;
  }
  if ((address.domain ?? 0) !== 0)
    report('invalid-value', `${path}.address.domain`, 'the guest has one PCI domain, number 0', 'use 0');
  const slot = address.slot ?? 0;
  if (slot < slots.first || slot > slots.last)
    report(
      'address-conflict',
      `${path}.address.slot`,
      `bus ${bus} is a ${model}: its slots are ${slots.first} to ${slots.last}, not ${slot}`,
      'leave address out: a free one is found',
    );
  if ((address.function ?? 0) > 7)
    report('invalid-value', `${path}.address.function`, 'a PCI slot has functions 0 to 7');
  if (controller?.type === 'pci' && !takesBridge(model, connection))
    report(
      'address-conflict',
      `${path}.address.bus`,
      `a ${controller.model} cannot be plugged into bus ${bus}, a ${model}`,
    );
}

function checkDrives(drafts: DeviceDrafts, pathOf: PathOf, report: Report): void {
  const taken = new Map<string, string>();
  for (const disk of drafts.disks) {
    if (disk.bus === 'virtio' || disk.bus === 'usb') continue;
    const path = pathOf(disk);
    const address = disk.address;
    if (address?.type !== 'drive') {
      report(
        'address-conflict',
        path,
        `there is no free place on the ${disk.bus} bus for this disk`,
        'give it another target',
      );
      continue;
    }
    const { controller = 0, bus = 0, target = 0, unit = 0 } = address;
    const bad = (field: string, message: string): void =>
      report('address-conflict', `${path}.address.${field}`, message);
    if ((disk.bus === 'ide' || disk.bus === 'fdc') && controller > 0)
      bad(
        'controller',
        `a PC has one ${disk.bus === 'ide' ? 'IDE' : 'floppy'} controller, so target ${disk.dev} has no place`,
      );
    if (disk.bus === 'ide' && (bus > 1 || unit > 1))
      bad('unit', 'the IDE controller has buses 0 and 1 with units 0 and 1');
    if (disk.bus === 'sata' && (bus > 0 || unit > 5)) bad('unit', 'a SATA controller has units 0 to 5');
    if ((disk.bus === 'fdc' || disk.bus === 'scsi') && bus > 0)
      bad('bus', `a ${disk.bus === 'fdc' ? 'floppy' : 'SCSI'} controller has one bus, number 0`);
    if (disk.bus === 'fdc' && unit > 1) bad('unit', 'the floppy controller has units 0 and 1');
    const scsi = drafts.controllers.find((one) => one.type === 'scsi' && (one.index ?? 0) === controller);
    if (target > 0 && (disk.bus !== 'scsi' || scsi?.model === 'lsilogic'))
      bad(
        'target',
        `target must be 0 on ${disk.bus === 'scsi' ? 'an lsilogic controller' : `the ${disk.bus} bus`}`,
      );
    const seat = `${disk.bus} controller ${controller}, bus ${bus}, target ${target}, unit ${unit}`;
    const other = taken.get(seat);
    if (other !== undefined)
      report(
        'address-conflict',
        `${path}.address`,
        `${seat} is taken by ${other}`,
        'give the disk another target',
      );
    taken.set(seat, path);
  }
}

function checkVirtioSerial(drafts: DeviceDrafts, pathOf: PathOf, report: Report): void {
  const taken = new Map<string, string>();
  for (const device of [...drafts.channels, ...drafts.consoles]) {
    const address = device.address;
    if (device.targetType !== 'virtio') continue;
    const path = pathOf(device);
    if (address?.type !== 'virtio-serial') {
      report(
        'address-conflict',
        path,
        'no virtio-serial controller has a free port for this device',
        'add a controller of type virtio-serial',
      );
      continue;
    }
    const { controller = 0, bus = 0, port = 0 } = address;
    if (bus !== 0)
      report(
        'address-conflict',
        `${path}.address.bus`,
        `a virtio-serial controller has one bus, 0, not ${bus}`,
        'use bus 0',
      );
    const ports =
      drafts.controllers.find((one) => one.type === 'virtio-serial' && one.index === controller)?.ports ?? 31;
    if (port >= ports)
      report(
        'address-conflict',
        `${path}.address.port`,
        `virtio-serial controller ${controller} has ports 0 to ${ports - 1}, not ${port}`,
      );
    const other = taken.get(`${controller}:${port}`);
    if (other !== undefined)
      report(
        'address-conflict',
        `${path}.address.port`,
        `port ${port} of virtio-serial controller ${controller} is taken by ${other}`,
      );
    taken.set(`${controller}:${port}`, path);
  }
}

function checkUsb(drafts: DeviceDrafts, pathOf: PathOf, report: Report): void {
  const taken = new Map<string, string>();
  for (const device of usbDevices(drafts)) {
    const path = pathOf(device);
    const address = device.address;
    if (address?.type !== 'usb' || address.port === undefined) {
      report('address-conflict', path, 'no USB port is left for this device', 'add a USB controller');
      continue;
    }
    const { bus = 0, port } = address;
    const ports = portsOfUsbController(drafts, bus);
    if (ports === undefined) {
      report(
        'missing-controller',
        `${path}.address.bus`,
        `there is no USB bus ${bus}`,
        'add a USB controller with that index',
      );
      continue;
    }
    const dot = port.lastIndexOf('.');
    const parent = port.slice(0, Math.max(0, dot));
    const count = dot < 0 ? ports : portsOfHub;
    if (port.split('.').length > 4)
      report('invalid-value', `${path}.address.port`, 'a USB device is behind at most 3 hubs');
    else if (dot >= 0 && !hubsOf(drafts, bus).has(parent))
      report(
        'missing-controller',
        `${path}.address.port`,
        `there is no USB hub at port ${parent}`,
        'add a hub',
      );
    else if (Number(port.slice(dot + 1)) < 1 || Number(port.slice(dot + 1)) > count)
      report(
        'address-conflict',
        `${path}.address.port`,
        `${dot < 0 ? `USB bus ${bus}` : `the hub at port ${parent}`} has ports 1 to ${count}, not ${port}`,
      );
    const other = taken.get(`${bus}:${port}`);
    if (other !== undefined)
      report(
        'address-conflict',
        `${path}.address.port`,
        `USB port ${port} of bus ${bus} is taken by ${other}`,
      );
    taken.set(`${bus}:${port}`, path);
  }
}
