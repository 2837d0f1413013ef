import type { Input } from '../../../model/domain-devices.ts';
import type { DeviceBuild } from './contract.ts';

const usbDrivers = { mouse: 'usb-mouse', tablet: 'usb-tablet', keyboard: 'usb-kbd' } as const;

/** PS/2 devices are the machine's own. */
export function buildInput(input: Input, { view, args }: DeviceBuild): void {
  if (input.bus === 'ps2') return;
  const driver = input.bus === 'virtio' ? `virtio-${input.type}-pci` : usbDrivers[input.type];
  args.device(driver, { id: input.alias, ...view.place(input) });
}
