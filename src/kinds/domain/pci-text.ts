import type { HostPci } from '../../model/domain-devices.ts';

/** `0000:3b:00.1` */
export function pciText({ domain = 0, bus = 0, slot = 0, function: fn = 0 }: HostPci): string {
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
  return `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${fn}`;
}
