import { virtioSerialDevices } from './controllers.ts';
import type { DeviceDrafts } from './draft.ts';

const defaultPorts = 31;

/** Port 0 is a console's; channels begin at 1. A controller is added when all ports are taken. */
export function assignVirtioSerialPorts(drafts: DeviceDrafts, inherited: ReadonlySet<object>): void {
  const taken = new Set<string>();
  const devices = virtioSerialDevices(drafts);
  for (const pass of ['written', 'inherited'] as const)
    for (const device of devices) {
      const address = device.address;
      if (address?.type !== 'virtio-serial' || inherited.has(device) !== (pass === 'inherited')) continue;
      const seat = `${address.controller ?? 0}:${address.port ?? 0}`;
      if (pass === 'inherited' && taken.has(seat)) delete device.address;
      else if (address.port !== undefined && address.port > 0) taken.add(seat);
      else if (address.port === 0 && drafts.consoles.includes(device)) taken.add(seat);
    }
  for (const device of devices) {
    const address = device.address;
    if (address !== undefined && address.type !== 'virtio-serial') continue;
    const isConsole = drafts.consoles.includes(device);
    if (address?.port !== undefined && (address.port > 0 || isConsole)) {
      device.address = { controller: 0, bus: 0, ...address };
      continue;
    }
    const seat = freePort(drafts, taken, isConsole ? 0 : 1, address?.controller);
    if (seat === undefined) continue;
    taken.add(`${seat.controller}:${seat.port}`);
    device.address = { type: 'virtio-serial', controller: seat.controller, bus: 0, port: seat.port };
  }
}

function freePort(
  drafts: DeviceDrafts,
  taken: ReadonlySet<string>,
  first: number,
  only: number | undefined,
): { controller: number; port: number } | undefined {
  const controllers = drafts.controllers.filter((one) => one.type === 'virtio-serial');
  controllers.sort((a, b) => (a.index ?? 0) - (b.index ?? 0));
  let next = 0;
  for (const controller of controllers) {
    const index = controller.index ?? 0;
    next = Math.max(next, index + 1);
    if (only !== undefined && only !== index) continue;
    for (let port = first; port < (controller.ports ?? defaultPorts); port += 1)
      if (!taken.has(`${index}:${port}`)) return { controller: index, port };
  }
  if (only !== undefined || next > 255) return undefined;
  drafts.controllers.push({ type: 'virtio-serial', index: next });
  return { controller: next, port: first };
}
