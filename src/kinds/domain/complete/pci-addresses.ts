import type { Controller, Device, PciAddress } from '../../../model/domain-devices.ts';
import { wordTable } from '../../../model/word-table.ts';
import { isIch9 } from './controllers.ts';
import type { DeviceDrafts, Draft } from './draft.ts';
import type { Chipset } from './machine.ts';
import { type PciDevice, pciDevices } from './pci-devices.ts';
import { PciTopology } from './pci-topology.ts';

type Placement = Map<Draft<Device>, PciAddress>;

/** Gives every PCI device its address and adds the bridges that this takes. What finds no room stays without one. */
export function assignPciAddresses(
  drafts: DeviceDrafts,
  chipset: Chipset,
  inherited: ReadonlySet<object>,
  given: readonly Draft<Controller>[],
): void {
  if (chipset === 'other') return;
  const rootsOnly = !drafts.controllers.some((one) => one.type === 'pci' && one.index !== 0);
  addMissingBridges(drafts, chipset, given);
  // Bridges need places too, so this goes on until nothing had to be added.
  for (let round = 0; ; round += 1) {
    const devices = pciDevices(drafts, chipset, given);
    const topology = new PciTopology(busModels(drafts), chipset);
    const placement = placeGiven(devices, topology, inherited);
    placeBuiltin(drafts, devices, topology, placement, chipset);
    const wasFull = topology.isRootFull();
    placeWaiting(drafts, devices, topology, placement);
    if (round === 0) keepRoom(topology, chipset, rootsOnly, wasFull);
    if (topology.added.length === 0 || round === 4) {
      commit(devices, placement);
      return;
    }
    addBridges(drafts, topology.added);
  }
}

/** libvirt keeps a slot for a bridge, and gives a PCIe machine that leaves its ports to it one port to plug into. */
function keepRoom(topology: PciTopology, chipset: Chipset, rootsOnly: boolean, wasFull: boolean): void {
  if (chipset === 'i440fx' && !wasFull) topology.place('pci-bridge');
  if (chipset === 'q35' && rootsOnly && topology.size > 1) topology.place('pcie');
}

/** Gaps between the buses that are given, then the buses that addresses name. */
function addMissingBridges(
  drafts: DeviceDrafts,
  chipset: Chipset,
  given: readonly Draft<Controller>[],
): void {
  const port = chipset === 'q35' ? 'pcie-root-port' : 'pci-bridge';
  const bridges = drafts.controllers.filter((one) => one.type === 'pci');
  const highest = Math.max(0, ...bridges.map((one) => one.index ?? 0));
  for (let index = 1; index <= highest; index += 1) {
    const bridge = bridges.find((one) => one.index === index);
    if (bridge === undefined) drafts.controllers.push({ type: 'pci', index, model: port });
    else bridge.model ??= port;
  }
  for (const { device, connection } of pciDevices(drafts, chipset, given)) {
    const bus = device.address?.type === 'pci' ? (device.address.bus ?? 0) : 0;
    if (bus === 0) continue;
    const topology = new PciTopology(busModels(drafts), chipset);
    while (topology.size <= bus && topology.grow(connection));
    addBridges(drafts, topology.added);
  }
}

function addBridges(drafts: DeviceDrafts, models: readonly string[]): void {
  let index = busModels(drafts).length;
  for (const model of models) {
    drafts.controllers.push({ type: 'pci', index, model });
    index += 1;
  }
}

function busModels(drafts: DeviceDrafts): string[] {
  const models: string[] = [];
  for (const one of drafts.controllers) if (one.type === 'pci') models[one.index ?? 0] = one.model ?? '';
  return models;
}

/** Written addresses first; an inherited one gives way to them. */
function placeGiven(
  devices: readonly PciDevice[],
  topology: PciTopology,
  inherited: ReadonlySet<object>,
): Placement {
  const placement: Placement = new Map();
  for (const pass of ['written', 'inherited'] as const)
    for (const { device, connection } of devices) {
      const address = device.address;
      if (address?.type !== 'pci' || isWanted(address)) continue;
      if (inherited.has(device) !== (pass === 'inherited')) continue;
      if (topology.reserve(address, connection) || pass === 'written')
        placement.set(device, { domain: 0, bus: 0, slot: 0, function: 0, ...address });
    }
  return placement;
}

/** What the chipset itself brings, and what libvirt puts where a real board has it. */
function placeBuiltin(
  drafts: DeviceDrafts,
  devices: readonly PciDevice[],
  topology: PciTopology,
  placement: Placement,
  chipset: Chipset,
): void {
  if (chipset === 'i440fx') placeOnPiix(drafts, topology, placement);
  else placeOnIch9(drafts, topology, placement);
  placeVideo(drafts, devices, topology, placement, chipset === 'i440fx' ? 2 : 1);
  if (chipset === 'q35') placeIch9Sound(drafts, topology, placement);
}

function placeWaiting(
  drafts: DeviceDrafts,
  devices: readonly PciDevice[],
  topology: PciTopology,
  placement: Placement,
): void {
  for (const { device, connection, controller } of devices) {
    if (placement.has(device) || (device.address !== undefined && device.address.type !== 'pci')) continue;
    const address =
      controller !== undefined && isIch9(controller)
        ? placeIch9Usb(controller, drafts, topology, placement)
        : topology.place(connection);
    if (address !== undefined) placement.set(device, address);
  }
}

/** `<address type='pci'/>` alone asks for an address; how functions are shown is then found as well. */
function isWanted(address: PciAddress): boolean {
  return !address.domain && !address.bus && !address.slot && !address.function;
}

function settle(
  device: Draft<Device>,
  slot: number,
  fn: number,
  topology: PciTopology,
  placement: Placement,
): void {
  if (placement.has(device)) return;
  const address: PciAddress = { type: 'pci', domain: 0, bus: 0, slot, function: fn };
  topology.reserve(address);
  placement.set(device, address);
}

/** The PIIX3 is one chip in slot 1: ISA bridge, IDE in function 1, USB in function 2. */
function placeOnPiix(drafts: DeviceDrafts, topology: PciTopology, placement: Placement): void {
  for (const one of drafts.controllers) {
    if (one.index !== 0) continue;
    if (one.type === 'ide') settle(one, 1, 1, topology, placement);
    if (one.type === 'usb' && one.model === 'piix3-uhci') settle(one, 1, 2, topology, placement);
  }
  topology.reserveSlot(1);
}

/** The ICH9 has ISA bridge, SATA and SMBus in slot 0x1f; its USB 2 parts have slots 0x1d and 0x1a on real boards. */
function placeOnIch9(drafts: DeviceDrafts, topology: PciTopology, placement: Placement): void {
  for (const one of drafts.controllers) {
    if (one.type === 'sata' && one.index === 0) settle(one, 0x1f, 2, topology, placement);
    if (one.type === 'usb' && one.model === 'ich9-uhci1' && !placement.has(one)) {
      const slot = [0x1d, 0x1a].find((free) => topology.isSlotFree(free));
      if (slot !== undefined) settle(one, slot, 0, topology, placement);
    }
    if (one.type === 'pci' && one.model === 'dmi-to-pci-bridge' && topology.isSlotFree(0x1e))
      settle(one, 0x1e, 0, topology, placement);
  }
  topology.reserve({ type: 'pci', slot: 0x1f, function: 0 });
  topology.reserve({ type: 'pci', slot: 0x1f, function: 3 });
}

function placeVideo(
  drafts: DeviceDrafts,
  devices: readonly PciDevice[],
  topology: PciTopology,
  placement: Placement,
  slot: number,
): void {
  const video = drafts.videos.find((one) => one.primary) ?? drafts.videos[0];
  const entry = devices.find(({ device }) => device === video);
  if (
    video === undefined ||
    entry === undefined ||
    placement.has(video) ||
    (video.address && video.address.type !== 'pci')
  )
    return;
  if (topology.isSlotFree(slot)) {
    settle(video, slot, 0, topology, placement);
    topology.reserveSlot(slot);
    return;
  }
  const address = topology.place(entry.connection);
  if (address !== undefined) placement.set(video, address);
}

function placeIch9Sound(drafts: DeviceDrafts, topology: PciTopology, placement: Placement): void {
  for (const sound of drafts.sounds)
    if (sound.model === 'ich9' && !placement.has(sound) && topology.isSlotFree(0x1b))
      settle(sound, 0x1b, 0, topology, placement);
}

const ich9Functions = wordTable<number>({
  'ich9-ehci1': 7,
  'ich9-uhci1': 0,
  'ich9-uhci2': 1,
  'ich9-uhci3': 2,
});

/** All parts of one USB 2 controller share a slot. */
function placeIch9Usb(
  controller: Controller,
  drafts: DeviceDrafts,
  topology: PciTopology,
  placement: Placement,
): PciAddress | undefined {
  const fn = ich9Functions.get(controller.model ?? '') ?? 0;
  for (const other of drafts.controllers) {
    const seat = placement.get(other);
    if (other.type !== 'usb' || other.index !== controller.index || !isIch9(other) || seat === undefined)
      continue;
    const { multifunction: _, ...base } = seat;
    const address: PciAddress = { ...base, function: fn };
    return topology.reserve(address) ? address : undefined;
  }
  return topology.place('pci', fn);
}

/** Function 0 of a slot announces the others. */
function commit(devices: readonly PciDevice[], placement: Placement): void {
  const used = new Map<number, number>();
  for (const address of placement.values())
    used.set(slotKey(address), (used.get(slotKey(address)) ?? 0) | (1 << (address.function ?? 0)));
  for (const { device, controller } of devices) {
    const address = placement.get(device);
    if (address === undefined) {
      if (device.address?.type === 'pci') delete device.address;
      continue;
    }
    const shared = (address.function ?? 0) === 0 && (used.get(slotKey(address)) ?? 0) > 1;
    device.address =
      shared && address.multifunction === undefined ? { ...address, multifunction: true } : address;
    if (controller?.type === 'pci') nameBridge(controller, address);
  }
  numberExpanders(devices.flatMap(({ controller }) => controller ?? []));
}

/** Each expander begins two buses below the lowest one there is: one for itself, one for the bridge within. */
function numberExpanders(controllers: readonly Draft<Controller>[]): void {
  const expanders = controllers.filter(({ model }) => /^pcie?-expander-bus$/.test(model ?? ''));
  let lowest = Math.min(256, ...expanders.map(({ busNr }) => busNr ?? 256));
  for (const expander of expanders) {
    if (expander.busNr !== undefined || lowest <= 2) continue;
    lowest -= 2;
    expander.busNr = lowest;
  }
}

function slotKey(address: PciAddress): number {
  return (address.bus ?? 0) * 32 + (address.slot ?? 0);
}

const bridgeNames = wordTable<string>({
  'pci-bridge': 'pci-bridge',
  'pci-expander-bus': 'pxb',
  'dmi-to-pci-bridge': 'i82801b11-bridge',
  'pcie-to-pci-bridge': 'pcie-pci-bridge',
  'pcie-root-port': 'pcie-root-port',
  'pcie-switch-upstream-port': 'x3130-upstream',
  'pcie-switch-downstream-port': 'xio3130-downstream',
  'pcie-expander-bus': 'pxb-pcie',
});

function nameBridge(bridge: Draft<Controller>, address: PciAddress): void {
  const name = bridgeNames.get(bridge.model ?? '');
  if (name !== undefined) bridge.pciModelName ??= name;
  if (bridge.model === 'pci-bridge') bridge.chassisNr ??= bridge.index ?? 0;
  if (bridge.model === 'pcie-root-port' || bridge.model === 'pcie-switch-downstream-port') {
    bridge.chassis ??= bridge.index ?? 0;
    // A port of a switch is counted by its slot, a root port by slot and function.
    const { slot = 0, function: fn = 0 } = address;
    bridge.port ??= bridge.model === 'pcie-root-port' ? slot * 8 + fn : slot;
  }
}
