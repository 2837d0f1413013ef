import type { CommandLineContext } from '../../../../src/drivers/qemu/command-line/context.ts';
import { emulatedCpus } from '../../../../src/kinds/domain/cpu/emulated-cpus.ts';
import type { DomainDef, DomainSpec } from '../../../../src/model/domain.ts';
import type { Controller, DomainDevices, PciAddress } from '../../../../src/model/domain-devices.ts';

/** A completed definition, small: one thing to look at. `images` is the directory of its disk images. */
export interface CommandLineCase {
  readonly name: string;
  def(images: string): DomainDef;
  /** What QEMU must have to start with it, and not every host has: a stand-in is tried where it is missing. */
  readonly needs?: 'hardware KVM' | '/dev/vhost-vsock' | 'hugepages';
}

export const kib = 1024;
export const mib = 1024 * kib;

export function pci(slot: number, more: Partial<PciAddress> = {}): PciAddress {
  return { type: 'pci', domain: 0, bus: 0, slot, function: 0, ...more };
}

const chipsets = {
  q35: { machine: 'pc-q35-7.2', root: { type: 'pci', index: 0, model: 'pcie-root', alias: 'pcie.0' } },
  pc: { machine: 'pc-i440fx-7.2', root: { type: 'pci', index: 0, model: 'pci-root', alias: 'pci.0' } },
} as const;

/** A machine with nothing but what is given here. */
export function domain(
  chipset: 'q35' | 'pc',
  devices: DomainDevices = {},
  spec: Partial<DomainSpec> = {},
): DomainDef {
  const { machine, root } = chipsets[chipset];
  return {
    kind: 'Domain',
    metadata: { name: 'golden' },
    spec: {
      accel: 'tcg',
      uuid: '5c3c1e0a-7a4e-5d8b-9a53-3f1f6c1f6a01',
      memory: 64 * mib,
      vcpus: { maximum: 1, current: 1 },
      features: { acpi: true },
      clock: { offset: 'utc' },
      onReboot: 'restart',
      ...spec,
      os: { type: 'hvm', arch: 'x86_64', machine, ...spec.os },
      devices: {
        memballoon: { model: 'none' },
        ...devices,
        controllers: [root, ...(devices.controllers ?? [])],
      },
    },
  };
}

/** PCIe ports 1 to `count` in slot 1 of a q35 machine. */
export function rootPorts(count: number): readonly Controller[] {
  return Array.from({ length: count }, (_, fn) => ({
    type: 'pci',
    index: fn + 1,
    model: 'pcie-root-port',
    alias: `pci.${fn + 1}`,
    chassis: fn + 1,
    port: 8 + fn,
    address: pci(1, { function: fn, ...(fn === 0 ? { multifunction: true } : {}) }),
  }));
}

export const usbController: Controller = {
  type: 'usb',
  index: 0,
  model: 'qemu-xhci',
  alias: 'usb',
  ports: 15,
  address: pci(4),
};

/** Nothing in it depends on the host. */
export const goldenContext: CommandLineContext = {
  directory: '/run/qonverge/golden',
  monitorFds: [3, 4],
  nvram: '/var/lib/qonverge/nvram/golden.fd',
  cpus: { tcg: emulatedCpus },
  volume: (name) => ({ path: `/images/${name}.qcow2`, format: 'qcow2', block: false, backing: null }),
  secretFile: ({ uuid, usage = '' }) => `/var/lib/qonverge/secrets/${uuid ?? usage}`,
  transientImage: () => undefined,
  tap: (alias) => `qv-${alias}`,
  tapFds: () => [],
  scsiGeneric: () => '/dev/sg0',
  vhostNet: true,
  displayPort: (index) => 5900 + index,
  explicitChains: true,
  now: { utc: 1_700_000_000, offset: 0 },
  hugepages: () => '/dev/hugepages',
  defaultHugepage: 2 * mib,
  vsockCid: 3,
};
