import type { QmpEvent } from '../../../qmp/events.ts';

/** ACPI's words of _OST: who asked for the ejection, and what a guest says while it does it. */
const ejections: readonly unknown[] = [0x3, 0x103];
const success = 0;
const inProgress = 0x84;

interface Ost {
  readonly device?: string;
  readonly source?: number;
  readonly status?: number;
}

/** Whether this event says that the guest does not give a device back; `id` may be a QOM path. */
export function refusesEject({ event, data }: Pick<QmpEvent, 'event' | 'data'>, id: string): boolean {
  const isOurs = (device: unknown) =>
    typeof device === 'string' && (device === id || id.endsWith(`/${device}`));
  if (event === 'DEVICE_UNPLUG_GUEST_ERROR' || event === 'MEM_UNPLUG_ERROR')
    return isOurs(data['device']) || data['path'] === id;
  if (event !== 'ACPI_DEVICE_OST') return false;
  const { device, source, status } = data['info'] as Ost;
  return isOurs(device) && ejections.includes(source) && status !== success && status !== inProgress;
}
