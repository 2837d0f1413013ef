import type { Device } from '../../../model/domain-devices.ts';
import { wordTable } from '../../../model/word-table.ts';
import type { DeviceDrafts, Draft } from './draft.ts';
import { targetIndex } from './target-name.ts';

const portsOfModel = wordTable<number>({
  'piix3-uhci': 2,
  'piix4-uhci': 2,
  'vt82c686b-uhci': 2,
  'pci-ohci': 3,
  ehci: 6,
  'ich9-ehci1': 6,
  'nec-xhci': 4,
  'qemu-xhci': 4,
});

export const portsOfHub = 8;

/**
 * Ports in libvirt's order of device classes: those of the controllers first, then those of hubs. Where they don't
 * suffice, hubs are added.
 */
export function assignUsbPorts(drafts: DeviceDrafts, inherited: ReadonlySet<object>): void {
  const ports = countPorts(drafts);
  const wanted = usbDevices(drafts).length - ports;
  if (ports > 0 && wanted > 0)
    for (let more = Math.ceil((wanted + 1) / (portsOfHub - 1)); more > 0; more -= 1)
      drafts.hubs.push({ type: 'usb' });
  const devices = usbDevices(drafts);
  const taken = takenPorts(devices, inherited);
  for (const device of devices) {
    if (device.address !== undefined && (device.address.type !== 'usb' || device.address.port !== undefined))
      continue;
    const found = freePort(drafts, device.address?.bus, taken);
    if (found === undefined) continue;
    device.address = found;
    taken.add(`${found.bus}:${found.port}`);
  }
}

function countPorts(drafts: DeviceDrafts): number {
  let count = drafts.hubs.length * portsOfHub;
  for (const bus of buses(drafts)) count += portsOfUsbController(drafts, bus) ?? 0;
  return count;
}

function buses(drafts: DeviceDrafts): readonly number[] {
  const found = new Set(drafts.controllers.filter((one) => one.type === 'usb').map((one) => one.index ?? 0));
  return [...found].sort((a, b) => a - b);
}

function freePort(
  drafts: DeviceDrafts,
  wanted: number | undefined,
  taken: ReadonlySet<string>,
): { type: 'usb'; bus: number; port: string } | undefined {
  for (const bus of buses(drafts)) {
    if (wanted !== undefined && bus !== wanted) continue;
    const count = portsOfUsbController(drafts, bus) ?? 0;
    const port = portBelow('', count, (path) => taken.has(`${bus}:${path}`), hubsOf(drafts, bus));
    if (port !== undefined) return { type: 'usb', bus, port };
  }
  return undefined;
}

function portBelow(
  prefix: string,
  count: number,
  isTaken: (path: string) => boolean,
  hubs: ReadonlySet<string>,
): string | undefined {
  const paths = Array.from({ length: count }, (_, at) => `${prefix}${at + 1}`);
  const free = paths.find((path) => !isTaken(path));
  if (free !== undefined) return free;
  for (const path of paths) {
    const found = hubs.has(path) ? portBelow(`${path}.`, portsOfHub, isTaken, hubs) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Where the hubs of a bus are. */
export function hubsOf(drafts: DeviceDrafts, bus: number): ReadonlySet<string> {
  const ports = drafts.hubs.map(({ address }) =>
    address?.type === 'usb' && (address.bus ?? 0) === bus ? (address.port ?? '') : '',
  );
  return new Set(ports.filter((port) => port !== ''));
}

/** Everything that sits on a USB bus, in the order in which libvirt gives out ports. */
export function usbDevices(drafts: DeviceDrafts): Draft<Device>[] {
  const disks = drafts.disks.filter((disk) => disk.bus === 'usb');
  disks.sort((a, b) => targetIndex(a.dev) - targetIndex(b.dev));
  return [
    ...drafts.hubs,
    ...drafts.hostdevs.filter((hostdev) => hostdev.type === 'usb'),
    ...disks,
    ...drafts.controllers.filter((controller) => controller.type === 'ccid'),
    ...drafts.inputs.filter((input) => input.bus === 'usb'),
    ...drafts.serials.filter((serial) => serial.targetType === 'usb-serial'),
    ...drafts.sounds.filter((sound) => sound.model === 'usb'),
    ...drafts.redirdevs,
  ];
}

function takenPorts(devices: readonly Draft<Device>[], inherited: ReadonlySet<object>): Set<string> {
  const taken = new Set<string>();
  for (const pass of [false, true])
    for (const device of devices) {
      const address = device.address;
      if (address?.type !== 'usb' || address.port === undefined || inherited.has(device) !== pass) continue;
      const key = `${address.bus ?? 0}:${address.port}`;
      if (pass && taken.has(key)) delete device.address;
      else {
        device.address = { bus: 0, ...address };
        taken.add(key);
      }
    }
  return taken;
}

/** Number of root ports of a USB bus; undefined when nothing provides that bus. */
export function portsOfUsbController(drafts: DeviceDrafts, bus: number): number | undefined {
  const one = drafts.controllers.find(
    (controller) =>
      controller.type === 'usb' &&
      (controller.index ?? 0) === bus &&
      portsOfModel.get(controller.model ?? '') !== undefined,
  );
  if (one === undefined) return undefined;
  const ports = portsOfModel.get(one.model ?? '') ?? 0;
  return one.model?.endsWith('xhci') ? (one.ports ?? ports) : ports;
}
