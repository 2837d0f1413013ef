import type { Controller } from '../../../model/domain-devices.ts';
import type { DeviceBuild } from './contract.ts';

/** PCI bridges and ports; of the roots only what can be set. */
export function buildPciController(controller: Controller, { view, args }: DeviceBuild): void {
  const { alias: id, chassis, port, hotplug, index } = controller;
  const place = view.place(controller);
  switch (controller.model) {
    case 'pci-root':
    case 'pcie-root':
      return buildRoot(controller, { view, args });
    case 'pci-bridge':
      return args.device('pci-bridge', {
        chassis_nr: controller.chassisNr ?? index,
        id,
        shpc: hotplug,
        ...place,
      });
    case 'pcie-root-port':
      return args.device(controller.pciModelName ?? 'pcie-root-port', {
        port,
        chassis,
        id,
        hotplug,
        ...place,
      });
    case 'pcie-switch-downstream-port':
      return args.device('xio3130-downstream', { port, chassis, id, hotplug, ...place });
    case 'pcie-switch-upstream-port':
      return args.device('x3130-upstream', { id, ...place });
    case 'dmi-to-pci-bridge':
      return args.device('i82801b11-bridge', { id, ...place });
    case 'pcie-to-pci-bridge':
      return args.device('pcie-pci-bridge', { id, ...place });
    case 'pci-expander-bus':
      return args.device('pxb', { bus_nr: controller.busNr, id, numa_node: controller.numaNode, ...place });
    case 'pcie-expander-bus':
      return args.device('pxb-pcie', {
        bus_nr: controller.busNr,
        id,
        numa_node: controller.numaNode,
        ...place,
      });
    default:
      return;
  }
}

function buildRoot(
  { pcihole64, hotplug, index = 0 }: Controller,
  { view, args }: Pick<DeviceBuild, 'view' | 'args'>,
): void {
  if (index !== 0) return;
  const host = view.isQ35 ? 'q35-pcihost' : 'i440FX-pcihost';
  if (pcihole64 !== undefined) args.add('-global', `${host}.pci-hole64-size=${pcihole64 / 1024}K`);
  if (hotplug !== undefined && !view.isQ35)
    args.add('-global', `PIIX4_PM.acpi-root-pci-hotplug=${hotplug ? 'on' : 'off'}`);
}
