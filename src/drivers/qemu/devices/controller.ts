import type { Controller } from '../../../model/domain-devices.ts';
import { virtioDriver, virtioProperties } from '../command-line/machine-view.ts';
import type { DeviceBuild } from './contract.ts';

/** PCI bridges and ports, and the controllers of disks, USB and virtio-serial. Built-in ones have no argument. */
export function buildController(controller: Controller, { view, args }: DeviceBuild): void {
  const id = controller.alias;
  const place = view.place(controller.address);
  switch (controller.type) {
    case 'pci':
      return buildPci(controller, view.place(controller.address), { args });
    case 'sata':
      if (view.isQ35 && (controller.index ?? 0) === 0) return;
      return args.device('ahci', { id, ...place });
    case 'ide':
    case 'fdc':
      return;
    case 'virtio-serial':
      return args.device(virtioDriver('virtio-serial', controller.model), {
        id,
        ...(controller.ports === undefined ? {} : { max_ports: controller.ports }),
        ...(controller.vectors === undefined ? {} : { vectors: controller.vectors }),
        ...virtioProperties(controller.virtio),
        ...place,
      });
    case 'scsi':
      return args.device(scsiDriver(controller.model), {
        id,
        ...(controller.iothread === undefined ? {} : { iothread: `iothread${controller.iothread}` }),
        ...(controller.queues === undefined ? {} : { num_queues: controller.queues }),
        ...(controller.cmdPerLun === undefined ? {} : { cmd_per_lun: controller.cmdPerLun }),
        ...(controller.maxSectors === undefined ? {} : { max_sectors: controller.maxSectors }),
        ...(controller.ioeventfd === undefined ? {} : { ioeventfd: controller.ioeventfd }),
        ...virtioProperties(controller.virtio),
        ...place,
      });
    case 'usb': {
      if (controller.model === 'none') return;
      const master = view.controllers.find(
        ({ type, index, masterStartport }) =>
          type === 'usb' && (index ?? 0) === (controller.index ?? 0) && masterStartport === undefined,
      );
      const companion =
        controller.masterStartport === undefined || master === controller
          ? {}
          : { masterbus: `${master?.alias ?? 'usb'}.0`, firstport: controller.masterStartport };
      const ports = controller.ports === undefined ? {} : { p2: controller.ports, p3: controller.ports };
      return args.device(usbDriver(controller.model), { ...companion, ...ports, id, ...place });
    }
  }
}

function buildPci(
  controller: Controller,
  place: Readonly<Record<string, unknown>>,
  { args }: Pick<DeviceBuild, 'args'>,
): void {
  const { alias: id } = controller;
  switch (controller.model) {
    case 'pci-root':
      if (controller.pcihole64 !== undefined)
        args.add('-global', `i440FX-pcihost.pci-hole64-size=${controller.pcihole64 / 1024}K`);
      return;
    case 'pcie-root':
      if (controller.pcihole64 !== undefined)
        args.add('-global', `q35-pcihost.pci-hole64-size=${controller.pcihole64 / 1024}K`);
      return;
    case 'pci-bridge':
      return args.device('pci-bridge', {
        chassis_nr: controller.chassisNr ?? controller.index,
        id,
        ...place,
      });
    case 'dmi-to-pci-bridge':
      return args.device('i82801b11-bridge', { id, ...place });
    case 'pcie-to-pci-bridge':
      return args.device('pcie-pci-bridge', { id, ...place });
    case 'pcie-root-port':
    case 'pcie-switch-downstream-port': {
      const driver =
        controller.model === 'pcie-root-port'
          ? (controller.pciModelName ?? 'pcie-root-port')
          : 'xio3130-downstream';
      return args.device(driver, {
        port: controller.port,
        chassis: controller.chassis,
        id,
        ...(controller.hotplug === undefined ? {} : { hotplug: controller.hotplug }),
        ...place,
      });
    }
    case 'pcie-switch-upstream-port':
      return args.device('x3130-upstream', { id, ...place });
    default:
      return;
  }
}

function scsiDriver(model: string | undefined): string {
  switch (model) {
    case 'lsilogic':
      return 'lsi';
    case 'lsisas1068':
      return 'mptsas1068';
    case 'lsisas1078':
      return 'megasas';
    case 'vmpvscsi':
      return 'pvscsi';
    case 'am53c974':
      return 'am53c974';
    case 'dc390':
      return 'dc-390';
    default:
      return virtioDriver('virtio-scsi', model?.replace('virtio-scsi', 'virtio'));
  }
}

function usbDriver(model: string | undefined): string {
  switch (model) {
    case 'nec-xhci':
    case 'qemu-xhci':
    case 'pci-ohci':
      return model;
    case 'ehci':
      return 'usb-ehci';
    case 'piix4-uhci':
      return 'piix4-usb-uhci';
    case 'vt82c686b-uhci':
      return 'vt82c686b-usb-uhci';
    default:
      return model?.startsWith('ich9-') ? model.replace('ich9-', 'ich9-usb-') : 'piix3-usb-uhci';
  }
}
