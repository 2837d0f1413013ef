import type { DomainDef, DomainSpec } from '../../../model/domain.ts';
import type { Device, DomainDevices } from '../../../model/domain-devices.ts';
import type { LiveDevice } from '../../../model/live-change.ts';
import { deviceMemory } from '../initial-memory.ts';

type List = LiveDevice['list'];

/** The definition with this device, in place of the one of its alias or at the end of its list. */
export function withDevice(def: DomainDef, list: List, device: Device): DomainDef {
  const before = (def.spec.devices?.[list] ?? []) as readonly Device[];
  const known = before.some(({ alias }) => alias === device.alias);
  const after = known
    ? before.map((one) => (one.alias === device.alias ? device : one))
    : [...before, device];
  return withList(def, list, after);
}

export function withoutDevice(def: DomainDef, list: List, alias: string): DomainDef {
  const before = (def.spec.devices?.[list] ?? []) as readonly Device[];
  return withList(
    def,
    list,
    before.filter((one) => one.alias !== alias),
  );
}

/** An empty list is no list. */
function withList(def: DomainDef, list: List, items: readonly Device[]): DomainDef {
  const { [list]: _, ...others } = def.spec.devices ?? {};
  const devices: DomainDevices = items.length === 0 ? others : { ...others, [list]: items };
  const spec = { ...def.spec, devices };
  return {
    ...def,
    spec: list === 'memories' ? withMemory(spec, deviceMemory(spec) - deviceMemory(def.spec)) : spec,
  };
}

/** Memory devices are part of the whole, and of what the guest has. */
function withMemory(spec: DomainSpec, more: number): DomainSpec {
  const memory = spec.memory + more;
  const { currentMemory } = spec;
  return {
    ...spec,
    memory,
    ...(currentMemory === undefined
      ? {}
      : { currentMemory: Math.min(currentMemory + Math.max(more, 0), memory) }),
  };
}

export function findDevice(def: DomainDef, { list, alias }: LiveDevice): Device | undefined {
  return (def.spec.devices?.[list] as readonly Device[] | undefined)?.find((one) => one.alias === alias);
}
