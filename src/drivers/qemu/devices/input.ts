import type { Input } from '../../../model/domain-devices.ts';
import { virtioProperties } from '../command-line/machine-view.ts';
import type { DeviceBuild } from './contract.ts';

/** PS/2 devices are the machine's own; evdev is none that the guest sees by itself. */
export function buildInput(input: Input, { view, args }: DeviceBuild): void {
  const { alias: id, type, bus } = input;
  if (type === 'evdev')
    return args.json('-object', {
      'qom-type': 'input-linux',
      id,
      evdev: input.dev,
      repeat: input.repeat,
      grab_all: input.grab === 'all' ? true : undefined,
      'grab-toggle': input.grabToggle,
    });
  if (type === 'passthrough' || bus === 'virtio')
    return args.device(virtioDrivers[type], {
      ...virtioProperties(input.virtio),
      id,
      evdev: type === 'passthrough' ? input.evdev : undefined,
      ...view.place(input),
    });
  if (bus === 'usb') args.device(usbDrivers[type], { id, ...view.place(input) });
}

const usbDrivers = { mouse: 'usb-mouse', tablet: 'usb-tablet', keyboard: 'usb-kbd' } as const;

const virtioDrivers = {
  mouse: 'virtio-mouse-pci',
  tablet: 'virtio-tablet-pci',
  keyboard: 'virtio-keyboard-pci',
  passthrough: 'virtio-input-host-pci',
} as const;
