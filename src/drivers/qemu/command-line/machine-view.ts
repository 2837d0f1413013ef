import type { DomainDef, DomainSpec } from '../../../model/domain.ts';
import type {
  Controller,
  ControllerType,
  DeviceAddress,
  VirtioOptions,
} from '../../../model/domain-devices.ts';

/** What device builders ask about the machine around them. */
export class MachineView {
  readonly spec: DomainSpec;
  readonly isQ35: boolean;
  /** From `bootOrder`, or from the os's list: device alias → index. */
  readonly bootIndex: ReadonlyMap<string, number>;

  constructor(def: DomainDef) {
    this.spec = def.spec;
    this.isQ35 = /q35/.test(def.spec.os?.machine ?? 'pc');
    this.bootIndex = bootIndexes(def.spec);
  }

  get controllers(): readonly Controller[] {
    return this.spec.devices?.controllers ?? [];
  }

  controller(type: ControllerType, index: number | undefined): Controller | undefined {
    return this.controllers.find(
      (controller) => controller.type === type && (controller.index ?? 0) === (index ?? 0),
    );
  }

  /** QEMU's id of a controller; the roots and built-in ones have fixed names. */
  controllerId(type: ControllerType, index: number | undefined): string {
    const at = index ?? 0;
    if (type === 'pci' && at === 0) return this.isQ35 ? 'pcie.0' : 'pci.0';
    const found = this.controller(type, at)?.alias;
    if (found !== undefined) return found;
    return type === 'pci' ? `pci.${at}` : `${type.replace('-', '')}${at}`;
  }

  /** `bus`, `addr` and the like of a device's address, as QEMU's properties. */
  place(address: DeviceAddress | undefined): Readonly<Record<string, unknown>> {
    if (address?.type === 'pci') {
      const slot = `0x${(address.slot ?? 0).toString(16)}`;
      const fn = address.function ? `.0x${address.function.toString(16)}` : '';
      return {
        bus: this.controllerId('pci', address.bus),
        ...(address.multifunction === undefined ? {} : { multifunction: address.multifunction }),
        addr: `${slot}${fn}`,
      };
    }
    if (address?.type === 'usb') {
      return {
        bus: `${this.controllerId('usb', address.bus)}.0`,
        ...(address.port === undefined ? {} : { port: address.port }),
      };
    }
    if (address?.type === 'virtio-serial') {
      return { bus: `${this.controllerId('virtio-serial', address.controller)}.0`, nr: address.port ?? 0 };
    }
    if (address?.type === 'isa') {
      return {
        ...(address.iobase === undefined ? {} : { iobase: address.iobase }),
        ...(address.irq === undefined ? {} : { irq: address.irq }),
      };
    }
    return {};
  }

  boot(alias: string | undefined): { bootindex?: number } {
    const index = alias === undefined ? undefined : this.bootIndex.get(alias);
    return index === undefined ? {} : { bootindex: index };
  }
}

/** Options that every virtio device has (QEMU `iommu_platform`, `ats`, `packed`). */
export function virtioProperties(options: VirtioOptions | undefined): Readonly<Record<string, unknown>> {
  return {
    ...(options?.iommu === undefined ? {} : { iommu_platform: options.iommu }),
    ...(options?.ats === undefined ? {} : { ats: options.ats }),
    ...(options?.packed === undefined ? {} : { packed: options.packed }),
  };
}

/** `virtio-net` + model → `virtio-net-pci`, `…-pci-transitional`, `…-pci-non-transitional`. */
export function virtioDriver(base: string, model: string | undefined): string {
  const suffix = model?.replace(/^virtio-?/, '') ?? '';
  return suffix === 'transitional' || suffix === 'non-transitional' ? `${base}-pci-${suffix}` : `${base}-pci`;
}

/** libvirt's rule: the n-th word of `<boot dev=…>` gives the first device of its class the index n. */
function bootIndexes(spec: DomainSpec): ReadonlyMap<string, number> {
  const { disks = [], interfaces = [] } = spec.devices ?? {};
  const indexes = new Map<string, number>();
  const explicit = [...disks, ...interfaces].filter(
    ({ bootOrder, alias }) => bootOrder !== undefined && alias !== undefined,
  );
  if (explicit.length > 0) {
    for (const { alias, bootOrder } of explicit) indexes.set(alias as string, bootOrder as number);
    return indexes;
  }
  const first = {
    hd: disks.find(({ device = 'disk' }) => device === 'disk'),
    cdrom: disks.find(({ device }) => device === 'cdrom'),
    fd: disks.find(({ device }) => device === 'floppy'),
    network: interfaces[0],
  };
  for (const [at, word] of (spec.os?.boot ?? ['hd' as const]).entries()) {
    const alias = first[word]?.alias;
    if (alias !== undefined && !indexes.has(alias)) indexes.set(alias, at + 1);
  }
  return indexes;
}
