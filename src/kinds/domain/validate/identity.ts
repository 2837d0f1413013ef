import type { DomainSpec } from '../../../model/domain.ts';
import type { Device, DomainDevices } from '../../../model/domain-devices.ts';
import type { Report } from './report.ts';

/** One device with the path that names it. */
export interface PlacedDevice {
  readonly device: Device;
  readonly list: keyof DomainDevices;
  readonly path: string;
}

export function devicesWithPaths(devices: DomainDevices | undefined): PlacedDevice[] {
  const all: PlacedDevice[] = [];
  for (const [name, value] of Object.entries(devices ?? {})) {
    const list = name as keyof DomainDevices;
    const path = `spec.devices.${list}`;
    if (Array.isArray(value))
      for (const [index, device] of value.entries()) all.push({ device, list, path: `${path}[${index}]` });
    else all.push({ device: value as Device, list, path });
  }
  return all;
}

/** Names, aliases and MAC addresses tell devices apart, so each may stand only once. */
export function checkIdentity(spec: DomainSpec, report: Report): void {
  const names = new Map<string, string>();
  for (const { device, list, path } of devicesWithPaths(spec.devices)) {
    // The serial console is its serial port under a second name.
    if (list === 'consoles') continue;
    const id = device.name === undefined ? device.alias : `ua-${device.name}`;
    if (id === undefined) continue;
    const other = names.get(id);
    const field = device.name === undefined ? 'alias' : 'name';
    const shown = device.name ?? id;
    if (other !== undefined)
      report(
        'conflicting-options',
        `${path}.${field}`,
        `the ${field} ${shown} is taken by ${other}`,
        'give each device its own name',
      );
    names.set(id, path);
  }
  const macs = new Map<string, string>();
  spec.devices?.interfaces?.forEach((one, index) => {
    const mac = one.mac?.toLowerCase();
    if (mac === undefined) return;
    const path = `spec.devices.interfaces[${index}]`;
    const other = macs.get(mac);
    if (other !== undefined)
      report(
        'duplicate-mac',
        `${path}.mac`,
        `MAC address ${mac} is also that of ${other}`,
        'leave mac out: one is made',
        'warning',
      );
    macs.set(mac, path);
  });
}
