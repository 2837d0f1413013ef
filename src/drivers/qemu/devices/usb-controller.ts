import type { Controller } from '../../../model/domain-devices.ts';
import { wordTable } from '../../../model/word-table.ts';
import type { DeviceBuild } from './contract.ts';

const drivers = wordTable<string>({
  'piix3-uhci': 'piix3-usb-uhci',
  'piix4-uhci': 'piix4-usb-uhci',
  'vt82c686b-uhci': 'vt82c686b-usb-uhci',
  'pci-ohci': 'pci-ohci',
  ehci: 'usb-ehci',
  'ich9-ehci1': 'ich9-usb-ehci1',
  'ich9-uhci1': 'ich9-usb-uhci1',
  'ich9-uhci2': 'ich9-usb-uhci2',
  'ich9-uhci3': 'ich9-usb-uhci3',
  'nec-xhci': 'nec-usb-xhci',
  'qemu-xhci': 'qemu-xhci',
});

/** A companion has no bus of its own: it serves ports of its master. */
export function buildUsbController(controller: Controller, { view, args }: DeviceBuild): void {
  const { model = 'piix3-uhci', ports, masterStartport: firstport } = controller;
  if (model === 'none') return;
  const bus = view.controllerId('usb', controller.index);
  const identity =
    firstport === undefined
      ? { p2: ports, p3: ports, id: controller.alias }
      : { masterbus: `${bus}.0`, firstport };
  args.device(drivers.get(model) ?? model, { ...identity, ...view.place(controller) });
}
