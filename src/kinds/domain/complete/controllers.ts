import type {
  CharacterDevice,
  Controller,
  ControllerType,
  Device,
  DiskBus,
} from '../../../model/domain-devices.ts';
import { wordTable } from '../../../model/word-table.ts';
import type { DeviceDrafts, Draft } from './draft.ts';
import type { Chipset } from './machine.ts';

const diskControllers: readonly [DiskBus, ControllerType][] = [
  ['scsi', 'scsi'],
  ['fdc', 'fdc'],
  ['ide', 'ide'],
  ['sata', 'sata'],
];

/** Indexes, models and the controllers that other devices need, in libvirt's order. PCI bridges come with the addresses. */
export function completeControllers(
  drafts: DeviceDrafts,
  previous: readonly Controller[],
  chipset: Chipset,
  inherited: Set<object>,
): void {
  const { controllers } = drafts;
  fillIndexes(controllers, previous);
  const need = (type: ControllerType, index: number, model?: string): void => {
    if (controllers.some((one) => one.type === type && one.index === index)) return;
    const before = previous.filter((one) => one.type === type && one.index === index);
    for (const { type, index, model, masterStartport } of before)
      controllers.push({
        type,
        ...(index === undefined ? {} : { index }),
        ...(model === undefined ? {} : { model }),
        ...(masterStartport === undefined ? {} : { masterStartport }),
      });
    if (before.length === 0) controllers.push({ type, index, ...(model === undefined ? {} : { model }) });
  };
  needForHostdevs(drafts, need);
  if (chipset !== 'other') need('usb', 0, chipset === 'q35' ? 'qemu-xhci' : 'piix3-uhci');
  if (chipset === 'q35') need('sata', 0);
  if (chipset !== 'other') need('pci', 0, chipset === 'q35' ? 'pcie-root' : 'pci-root');
  for (const [bus, type] of diskControllers)
    for (let index = 0; index <= highestDiskController(drafts, bus); index += 1) need(type, index);
  for (const { address } of virtioSerialDevices(drafts))
    need('virtio-serial', address?.type === 'virtio-serial' ? (address.controller ?? 0) : 0);
  for (const { address } of drafts.smartcards)
    if (address?.type === 'ccid') need('ccid', address.controller ?? 0);
  // A bridge in use cannot leave a running guest, and an empty one does no harm: the tree only grows.
  for (const bridge of previous) if (bridge.type === 'pci') need('pci', bridge.index ?? 0);
  inheritControllers(controllers, previous, inherited);
  for (const controller of controllers) defaultModel(controller, chipset);
}

/** Controllers for SCSI units of the host come first, and are of the model of the one before them. */
function needForHostdevs(
  { hostdevs, controllers }: DeviceDrafts,
  need: (type: ControllerType, index: number, model?: string) => void,
): void {
  let model: string | undefined;
  for (
    let index = 0;
    index <= highestController(hostdevs.filter(({ type }) => type === 'scsi'));
    index += 1
  ) {
    need('scsi', index, model);
    model = controllers.find((one) => one.type === 'scsi' && one.index === index)?.model;
  }
}

function fillIndexes(controllers: Draft<Controller>[], previous: readonly Controller[]): void {
  for (const controller of controllers) {
    if (controller.index !== undefined) continue;
    const before = previous.find(
      (old) => old.type === controller.type && old.name !== undefined && old.name === controller.name,
    );
    let index = before?.index ?? 0;
    while (
      controllers.some(
        (other) => other.type === controller.type && other.index === index && !isCompanion(controller, other),
      )
    )
      index += 1;
    controller.index = index;
  }
}

/** The parts of one ICH9 USB 2 controller share its index. */
function isCompanion(a: Controller, b: Controller): boolean {
  return a.type === 'usb' && isIch9(a) && isIch9(b) && a.model !== b.model;
}

export function isIch9(controller: Controller): boolean {
  return controller.model?.startsWith('ich9-') === true;
}

function highestDiskController(drafts: DeviceDrafts, bus: DiskBus): number {
  return highestController(drafts.disks.filter((disk) => disk.bus === bus));
}

function highestController(devices: readonly Device[]): number {
  let highest = -1;
  for (const { address } of devices)
    if (address?.type === 'drive') highest = Math.max(highest, address.controller ?? 0);
  return Math.min(highest, 255);
}

/** Everything that takes a port of a virtio-serial controller, channels first. */
export function virtioSerialDevices(drafts: DeviceDrafts): Draft<CharacterDevice>[] {
  return [...drafts.channels, ...drafts.consoles].filter((device) => device.targetType === 'virtio');
}

function inheritControllers(
  controllers: Draft<Controller>[],
  previous: readonly Controller[],
  inherited: Set<object>,
): void {
  for (const controller of controllers) {
    const old = previous.find(
      (one) =>
        one.type === controller.type &&
        one.index === controller.index &&
        (controller.model === undefined || one.model === controller.model),
    );
    if (old === undefined) continue;
    for (const field of [
      'model',
      'pciModelName',
      'chassis',
      'chassisNr',
      'port',
      'busNr',
      'masterStartport',
    ] as const)
      if (controller[field] === undefined && old[field] !== undefined)
        Object.assign(controller, { [field]: old[field] });
    if (controller.name === undefined && old.name === undefined && old.alias !== undefined)
      controller.alias ??= old.alias;
    if (controller.address !== undefined || old.address === undefined) continue;
    controller.address = old.address;
    inherited.add(controller);
  }
}

/** Companions of ich9-ehci1, and the first of its ports that each of them serves. */
const companions = wordTable<number>({ 'ich9-uhci1': 0, 'ich9-uhci2': 2, 'ich9-uhci3': 4 });

function defaultModel(controller: Draft<Controller>, chipset: Chipset): void {
  if (controller.type === 'usb') {
    controller.model ??= 'piix3-uhci';
    const firstPort = companions.get(controller.model);
    if (firstPort !== undefined) controller.masterStartport ??= firstPort;
  }
  if (controller.type === 'scsi' && (controller.model === undefined || controller.model === 'auto'))
    controller.model = 'lsilogic';
  if (controller.type === 'pci' && controller.index === 0)
    controller.model ??= chipset === 'q35' ? 'pcie-root' : 'pci-root';
}
