import type { CharacterDevice } from '../../../model/domain-devices.ts';
import { wordTable } from '../../../model/word-table.ts';
import type { DeviceDrafts, Draft } from './draft.ts';

const serialModels = wordTable<string>({
  'isa-serial': 'isa-serial',
  'pci-serial': 'pci-serial',
  'usb-serial': 'usb-serial',
  'isa-debug': 'isa-debugcon',
});

export function completeCharacterDevices(drafts: DeviceDrafts): void {
  const { serials, parallels, consoles, channels } = drafts;
  const first = consoles[0];
  for (const console of consoles) console.targetType ??= 'serial';
  if (first?.targetType === 'serial' && serials.length === 0)
    serials.push({ ...backendOf(first), ...(first.address === undefined ? {} : { address: first.address }) });
  for (const serial of serials) {
    serial.type ??= 'pty';
    serial.targetType ??= 'isa-serial';
    const model = serialModels.get(serial.targetType);
    if (model !== undefined) serial.targetModel ??= model;
  }
  // libvirt counts from the highest serial port that is written, but only from those parallel ports that stand before.
  assignPorts(serials, Math.max(-1, ...serials.map(({ port = -1 }) => port)));
  assignPorts(parallels, -1);
  for (const parallel of parallels) parallel.type ??= 'pty';
  for (const channel of channels) {
    channel.type ??= 'unix';
    channel.targetType ??= 'virtio';
  }
  for (const console of consoles) console.type ??= 'pty';
  pairConsoleWithSerial(serials, consoles);
  consoles.forEach((console, index) => {
    console.port ??= index;
  });
}

/** The serial console is the first serial port under a second name: it shows that port's backend. */
function pairConsoleWithSerial(serials: DeviceDrafts['serials'], consoles: DeviceDrafts['consoles']): void {
  const serial = serials[0];
  if (serial?.targetType !== 'isa-serial') return;
  const first = consoles[0];
  if (first !== undefined && first.targetType !== 'serial') {
    consoles.unshift(consoleOf(serial, {}));
    return;
  }
  consoles[0] = consoleOf(serial, first?.name === undefined ? {} : { name: first.name });
}

function consoleOf(serial: CharacterDevice, identity: { readonly name?: string }): Draft<CharacterDevice> {
  return { ...identity, ...backendOf(serial), targetType: 'serial', port: serial.port ?? 0 };
}

function backendOf(device: CharacterDevice): Draft<CharacterDevice> {
  const {
    name: _name,
    alias: _alias,
    address: _address,
    targetType: _type,
    targetModel: _model,
    port: _port,
    labels: _labels,
    ...backend
  } = device;
  return backend;
}

/** A port without a number comes after the highest one. */
function assignPorts(devices: DeviceDrafts['serials'], from: number): void {
  let highest = from;
  for (const device of devices) {
    device.port ??= highest + 1;
    highest = Math.max(highest, device.port);
  }
}
