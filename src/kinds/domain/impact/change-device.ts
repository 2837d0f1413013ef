import type { DomainDef } from '../../../model/domain.ts';
import type { Device, Disk, Interface, MemoryDevice } from '../../../model/domain-devices.ts';
import type { LiveChange, LiveDevice, LiveOperation } from '../../../model/live-change.ts';
import { diff } from '../../diff.ts';
import { hasTap } from '../has-tap.ts';
import type { LiveStep, Tried } from './live-steps.ts';
import { impactRow } from './lookup.ts';
import { withDevice } from './with-device.ts';

type Condition = (device: never, wanted: never) => boolean;

/** When a running device takes its change; `wanted` has nothing but the fields of this operation changed. */
const conditions: { readonly [O in LiveOperation]?: Condition } = {
  medium: ({ device = 'disk' }: Disk) => device !== 'disk',
  tray: ({ device = 'disk' }: Disk) => device !== 'disk',
  throttle: (_: Disk, { file, block, volume }: Disk) => (file ?? block ?? volume) !== undefined,
  link: () => true,
  bandwidth: hasTap,
  bridge: (card: Interface, wanted: Interface) =>
    card.managed !== false &&
    card.bridge !== undefined &&
    wanted.bridge !== undefined &&
    card.virtualport?.type === wanted.virtualport?.type,
  resize: ({ model }: MemoryDevice, { requestedSize = 0, size }: MemoryDevice) =>
    model === 'virtio-mem' && requestedSize <= size,
  watchdog: () => true,
};

/** Steps for the devices of one list that stay and change. */
export function* changeDevice(
  list: LiveDevice['list'],
  from: DomainDef,
  desired: DomainDef,
  tried: Tried,
): Iterable<LiveStep> {
  let def = from;
  for (const before of (from.spec.devices?.[list] ?? []) as readonly Device[]) {
    const { alias } = before;
    const wanted = (desired.spec.devices?.[list] as readonly Device[] | undefined)?.find(
      (one) => one.alias === alias,
    );
    if (alias === undefined || wanted === undefined) continue;
    let device = before;
    for (const [operation, fields] of byOperation(list, before, wanted)) {
      const next = withFields(device, wanted, fields);
      if (conditions[operation]?.(device as never, next as never) !== true) continue;
      const change: LiveChange = { operation, device: { list, alias } };
      if (!tried(change)) continue;
      device = next;
      def = withDevice(def, list, device);
      const impact = impactRow(`spec.devices.${list}.${fields[0]}`)?.impact ?? 'live';
      yield { change, def, impact };
    }
  }
}

/** The fields that differ and can be changed live, by what changes them, in the order of the table. */
function byOperation(
  list: string,
  before: Device,
  wanted: Device,
): ReadonlyMap<LiveOperation, readonly string[]> {
  const found = new Map<LiveOperation, string[]>();
  for (const { path } of diff(before, wanted)) {
    const operation = impactRow(`spec.devices.${list}.${path}`)?.operation;
    if (operation === undefined) continue;
    const [field = ''] = path.split(/[.[]/);
    const fields = found.get(operation) ?? [];
    if (!fields.includes(field)) found.set(operation, [...fields, field]);
  }
  return new Map([...found].sort(([a], [b]) => order(a) - order(b)));
}

/** Limits are set on a medium that is there. */
function order(operation: LiveOperation): number {
  return operation === 'medium' ? 0 : 1;
}

function withFields(device: Device, wanted: Device, fields: readonly string[]): Device {
  const next: Record<string, unknown> = { ...device };
  for (const field of fields) {
    const value = (wanted as unknown as Record<string, unknown>)[field];
    if (value === undefined) delete next[field];
    else next[field] = value;
  }
  return next;
}
