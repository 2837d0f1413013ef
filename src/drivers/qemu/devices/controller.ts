import type { Controller } from '../../../model/domain-devices.ts';
import { wordTable } from '../../../model/word-table.ts';
import { virtioDriver, virtioProperties } from '../command-line/machine-view.ts';
import type { DeviceBuild } from './contract.ts';
import { buildPciController } from './pci-controller.ts';
import { buildUsbController } from './usb-controller.ts';

/** Controllers of disks, ports and buses. The ones that the machine brings have no argument. */
export function buildController(controller: Controller, build: DeviceBuild): void {
  const { view, args } = build;
  switch (controller.type) {
    case 'pci':
      return buildPciController(controller, build);
    case 'usb':
      return buildUsbController(controller, build);
    case 'scsi':
      return buildScsi(controller, build);
    case 'virtio-serial':
      return args.device(virtioDriver('virtio-serial', controller.model), {
        id: controller.alias,
        max_ports: controller.ports,
        vectors: controller.vectors,
        ...virtioProperties(controller.virtio),
        ...view.place(controller),
      });
    case 'sata':
      if (view.controllerId('sata', controller.index) === 'ide') return;
      return args.device('ahci', { id: controller.alias, ...view.place(controller) });
    // IDE is the south bridge's; a floppy controller comes with its drives.
    case 'ccid':
      return args.device('usb-ccid', { id: controller.alias, ...view.place(controller) });
    case 'ide':
    case 'fdc':
      return;
  }
}

const scsiDrivers = wordTable<string>({
  lsilogic: 'lsi',
  lsisas1068: 'mptsas1068',
  lsisas1078: 'megasas',
  vmpvscsi: 'pvscsi',
  am53c974: 'am53c974',
  dc390: 'dc-390',
});

function buildScsi(controller: Controller, { view, args }: DeviceBuild): void {
  const { model = 'lsilogic', iothread } = controller;
  args.device(scsiDrivers.get(model) ?? virtioDriver('virtio-scsi', model), {
    iothread: iothread === undefined ? undefined : `iothread${iothread}`,
    id: controller.alias,
    num_queues: controller.queues,
    cmd_per_lun: controller.cmdPerLun,
    max_sectors: controller.maxSectors,
    ioeventfd: controller.ioeventfd,
    ...(model.startsWith('virtio') ? virtioProperties(controller.virtio) : {}),
    ...view.place(controller),
  });
}
