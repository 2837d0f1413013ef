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

/** Root ports in libvirt's order of device classes. Where they don't suffice, QEMU puts a hub on the last free one. */
export function assignUsbPorts(drafts: DeviceDrafts, inherited: ReadonlySet<object>): void {
  const devices = usbDevices(drafts);
  if (devices.length === 0) return;
  const taken = takenPorts(devices, inherited);
  const waiting = devices.filter(
    (device) =>
      device.address === undefined || (device.address.type === 'usb' && device.address.port === undefined),
  );
  const free = freePorts(drafts, taken);
  if (waiting.length > free.length) free.pop();
  for (const device of waiting) {
    const bus = device.address?.type === 'usb' ? device.address.bus : undefined;
    const at = free.findIndex((port) => bus === undefined || port.bus === bus);
    const port = at < 0 ? undefined : free.splice(at, 1)[0];
    if (port !== undefined) device.address = { type: 'usb', bus: port.bus, port: String(port.port) };
  }
}

/** Everything that sits on a USB bus, in the order in which libvirt gives out ports. */
export function usbDevices(drafts: DeviceDrafts): Draft<Device>[] {
  const disks = drafts.disks.filter((disk) => disk.bus === 'usb');
  disks.sort((a, b) => targetIndex(a.dev) - targetIndex(b.dev));
  return [
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
        taken.add(`${address.bus ?? 0}:${address.port.split('.')[0]}`);
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

function freePorts(drafts: DeviceDrafts, taken: ReadonlySet<string>): { bus: number; port: number }[] {
  const free: { bus: number; port: number }[] = [];
  const buses = new Set(drafts.controllers.filter((one) => one.type === 'usb').map((one) => one.index ?? 0));
  for (const bus of [...buses].sort((a, b) => a - b)) {
    const count = portsOfUsbController(drafts, bus) ?? 0;
    for (let port = 1; port <= count; port += 1) if (!taken.has(`${bus}:${port}`)) free.push({ bus, port });
  }
  return free;
}
