import type { Input } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { required } from '../../shape/field.ts';
import { onOff } from '../../shape/on-off.ts';
import { path, text } from '../../shape/text.ts';
import type { DeviceClass } from './contract.ts';
import { deviceCodec, deviceFields } from './device-fields.ts';
import { virtioField } from './virtio-options.ts';

const codec = deviceCodec<Input>(
  'input',
  {
    ...deviceFields,
    type: required(choice('@type', ['mouse', 'tablet', 'keyboard', 'passthrough', 'evdev'], 'What it is.')),
    bus: choice(
      '@bus',
      ['usb', 'ps2', 'virtio'],
      'Bus. Default: ps2 for mouse and keyboard, virtio for passthrough, usb for tablet; evdev has none.',
    ),
    model: text('@model', 'virtio: virtio.', {
      pattern: '^virtio(-transitional|-non-transitional)?$',
      expected: 'virtio',
    }),
    virtio: virtioField,
    evdev: path('source@evdev', "passthrough: the host's device that the guest gets."),
    dev: path('source@dev', "evdev: the host's device that QEMU reads."),
    grab: choice('source@grab', ['all'], 'evdev: take all input devices, not only this one.'),
    grabToggle: choice(
      'source@grabToggle',
      ['ctrl-ctrl', 'alt-alt', 'shift-shift', 'meta-meta', 'scrolllock', 'ctrl-scrolllock'],
      'evdev: keys that change between host and guest. Default: ctrl-ctrl.',
    ),
    repeat: onOff('source@repeat', 'evdev: keys held down repeat.'),
  },
  { order: 'driver source' },
);

export const input: DeviceClass<Input> = { element: 'input', about: 'Mouse, tablet and keyboard.', codec };
