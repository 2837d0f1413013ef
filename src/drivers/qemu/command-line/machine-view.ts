import type { DomainDef, DomainSpec } from '../../../model/domain.ts';
import type {
  Controller,
  ControllerType,
  Device,
  PciAddress,
  VirtioOptions,
} from '../../../model/domain-devices.ts';
import type { Properties } from './arguments.ts';
import { bootOrder } from './boot-order.ts';

/** What device builders ask about the machine around them. */
export class MachineView {
  readonly spec: DomainSpec;
  readonly isQ35: boolean;
  readonly #bootOrder: ReadonlyMap<string, number>;

  constructor({ spec }: DomainDef) {
    this.spec = spec;
    this.isQ35 = /q35/.test(spec.os?.machine ?? 'pc');
    this.#bootOrder = bootOrder(spec);
  }

  get controllers(): readonly Controller[] {
    return this.spec.devices?.controllers ?? [];
  }

  /** USB companions share the index of their master: it is the master that is meant. */
  controller(type: ControllerType, index = 0): Controller | undefined {
    const found = this.controllers.filter((one) => one.type === type && (one.index ?? 0) === index);
    return found.find(({ masterStartport }) => masterStartport === undefined) ?? found[0];
  }

  /** QEMU's id of a controller; the ones that the machine brings have fixed names. */
  controllerId(type: ControllerType, index = 0): string {
    if (index === 0 && type === 'pci') return this.isQ35 ? 'pcie.0' : 'pci.0';
    if (index === 0 && type === (this.isQ35 ? 'sata' : 'ide')) return 'ide';
    const found = this.controller(type, index)?.alias;
    if (found !== undefined) return found;
    return type === 'pci' ? `pci.${index}` : `${type}${index}`;
  }

  /** Where the guest finds a device, as QEMU's properties. */
  place({ address, acpiIndex }: Device): Properties {
    switch (address?.type) {
      case 'pci':
        return { ...this.#pciPlace(address), 'acpi-index': acpiIndex };
      case 'usb':
        return { bus: `${this.controllerId('usb', address.bus)}.0`, port: address.port };
      case 'virtio-serial':
        return { bus: `${this.controllerId('virtio-serial', address.controller)}.0`, nr: address.port ?? 0 };
      case 'dimm':
        return { slot: address.slot ?? 0, addr: address.base };
      case 'ccid':
        return { bus: `${this.controllerId('ccid', address.controller)}.0` };
      case 'isa':
        return { iobase: address.iobase ?? 0, irq: address.irq };
      default:
        return {};
    }
  }

  /** The id of a device and its place in the boot order. */
  identify(alias: string | undefined): Properties {
    return { id: alias, bootindex: alias === undefined ? undefined : this.#bootOrder.get(alias) };
  }

  bootIndex(alias: string | undefined): number | undefined {
    return alias === undefined ? undefined : this.#bootOrder.get(alias);
  }

  /** `audio1`: the backend that a device names, or the first one. */
  audiodev(id?: number): string | undefined {
    const wanted = id ?? this.spec.devices?.audios?.[0]?.id;
    return wanted === undefined ? undefined : `audio${wanted}`;
  }

  #pciPlace({ bus, slot = 0, function: fn = 0, multifunction }: PciAddress): Properties {
    const addr = `0x${slot.toString(16)}${fn === 0 ? '' : `.0x${fn.toString(16)}`}`;
    return { bus: this.controllerId('pci', bus), multifunction, addr };
  }
}

/** Options that every virtio device has. */
export function virtioProperties(options: VirtioOptions | undefined): Properties {
  return {
    iommu_platform: options?.iommu,
    ats: options?.ats,
    packed: options?.packed,
    'page-per-vq': options?.pagePerVq,
  };
}

/** `virtio-net` + model → `virtio-net-pci`, `virtio-net-pci-transitional`, `virtio-net-pci-non-transitional`. */
export function virtioDriver(base: string, model: string | undefined): string {
  const suffix = /-(non-)?transitional$/.exec(model ?? '')?.[0] ?? '';
  return `${base}-pci${suffix}`;
}
