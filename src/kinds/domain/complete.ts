import type { Accelerator, DomainDef, DomainSpec } from '../../model/domain.ts';
import type { DomainCapabilities } from '../../model/domain-capabilities.ts';
import { uuidText } from '../../model/uuid-text.ts';
import { withMembers } from '../../model/with-members.ts';
import { assignAliases } from './complete/aliases.ts';
import { completeCharacterDevices } from './complete/character-devices.ts';
import { inControllerOrder } from './complete/controller-order.ts';
import { completeControllers } from './complete/controllers.ts';
import { assignDimmSlots } from './complete/dimm-slots.ts';
import { completeDisks } from './complete/disks.ts';
import { draftDevices, finishDevices } from './complete/draft.ts';
import { completeFirmware } from './complete/firmware.ts';
import { assignMacs, domainUuid } from './complete/identity.ts';
import { completeImplicitDevices, completeModels } from './complete/implicit-devices.ts';
import { inheritDevices } from './complete/inherit.ts';
import { assignPortIds } from './complete/interfaces.ts';
import { chipsetOf, completeMachine } from './complete/machine.ts';
import { completeNuma } from './complete/numa.ts';
import { assignPciAddresses } from './complete/pci-addresses.ts';
import { assignScsiUnits } from './complete/scsi-hostdevs.ts';
import { assignUsbPorts } from './complete/usb-ports.ts';
import { assignVirtioSerialPorts } from './complete/virtio-serial-ports.ts';
import { deviceMemory, initialMemory } from './initial-memory.ts';

/**
 * Fills what a spec leaves out, with the hardware that libvirt 9.0 would give the guest. What was assigned before is
 * taken from `previous`. Never throws: what finds no place stays open, and `validateCompleted` names it.
 */
export function completeDomain(
  def: DomainDef,
  previous: DomainDef | undefined,
  capabilities: DomainCapabilities,
): DomainDef {
  const spec = def.spec;
  const before = previous?.spec;
  const machine = completeMachine(spec.os?.machine, before?.os?.machine, capabilities);
  const { os, features } = completeFirmware(
    { type: 'hvm', arch: 'x86_64', ...spec.os, machine },
    spec.features,
    before,
    capabilities,
  );
  const shown = spec.sysinfo?.system?.['uuid'];
  const uuid =
    spec.uuid ?? (shown === undefined ? (before?.uuid ?? domainUuid(def.metadata.name)) : uuidText(shown));
  const maximum = spec.vcpus?.maximum ?? 1;
  const cpu = completeNuma(spec.cpu, maximum);
  // NUMA cells say how much memory there is.
  const memory = cpu?.numa === undefined ? spec.memory : initialMemory({ ...spec, cpu }) + deviceMemory(spec);
  const devices = completeDevices(def, previous, machine, uuid);
  const boot = os.boot ?? (hasDeviceBootOrder(spec) ? undefined : ['hd' as const]);
  return {
    ...def,
    spec: withMembers(spec, {
      accel: completeAccelerator(spec.accel, before?.accel, capabilities),
      uuid,
      ...(spec.genid === 'auto' ? { genid: before?.genid ?? domainUuid(`${uuid} genid`) } : {}),
      ...(cpu === undefined ? {} : { cpu }),
      memory,
      currentMemory: Math.min(spec.currentMemory ?? memory, memory) || memory,
      vcpus: { placement: 'static', ...spec.vcpus, maximum, current: spec.vcpus?.current ?? maximum },
      os: { ...os, ...(boot === undefined ? {} : { boot }) },
      ...(features === undefined ? {} : { features }),
      clock: { ...spec.clock, offset: spec.clock?.offset ?? 'utc' },
      onPoweroff: spec.onPoweroff ?? 'destroy',
      onReboot: spec.onReboot ?? 'restart',
      onCrash: spec.onCrash ?? 'destroy',
      devices,
    }),
  };
}

function completeDevices(
  def: DomainDef,
  previous: DomainDef | undefined,
  machine: string,
  uuid: string,
): NonNullable<DomainSpec['devices']> {
  const chipset = chipsetOf(machine);
  const drafts = draftDevices(def.spec.devices);
  const before = previous?.spec;
  // Addresses of another chipset mean nothing here.
  const keepSeats = before?.os?.machine !== undefined && chipsetOf(before.os.machine) === chipset;
  completeImplicitDevices(drafts, before?.devices, def.spec.features?.ps2 !== false);
  const inherited =
    before === undefined
      ? new Set<object>()
      : inheritDevices(drafts, draftDevices(before.devices), keepSeats);
  completeModels(drafts);
  completeCharacterDevices(drafts);
  completeDisks(drafts.disks, chipset, inherited);
  assignScsiUnits(drafts, inherited);
  // Before any has an index that nobody wrote.
  const given = inControllerOrder(drafts.controllers);
  completeControllers(drafts, keepSeats ? (before?.devices?.controllers ?? []) : [], chipset, inherited);
  assignVirtioSerialPorts(drafts, inherited);
  assignPciAddresses(drafts, chipset, inherited, given);
  assignUsbPorts(drafts, inherited);
  assignDimmSlots(drafts.memories, inherited);
  assignAliases(drafts, chipset);
  assignMacs(drafts.interfaces, uuid);
  assignPortIds(drafts.interfaces, uuid);
  return finishDevices(drafts, def.spec.devices);
}

/** An accelerator once found is kept: one that is missing for a moment must not change the guest. */
function completeAccelerator(
  wanted: Accelerator | undefined,
  previous: Accelerator | undefined,
  capabilities: DomainCapabilities,
): Accelerator {
  if (wanted !== undefined && wanted !== 'auto') return wanted;
  if (previous === 'kvm') return 'kvm';
  return capabilities.kvm.usable ? 'kvm' : 'tcg';
}

function hasDeviceBootOrder(spec: DomainSpec): boolean {
  const { disks = [], interfaces = [], filesystems = [], hostdevs = [], redirdevs = [] } = spec.devices ?? {};
  return [...disks, ...interfaces, ...filesystems, ...hostdevs, ...redirdevs].some(
    (device) => device.bootOrder !== undefined,
  );
}
