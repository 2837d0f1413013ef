import type { Input } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { required } from '../../shape/field.ts';
import { text } from '../../shape/text.ts';
import type { DeviceClass } from './contract.ts';
import { deviceCodec, deviceFields } from './device-fields.ts';

const codec = deviceCodec<Input>(
  'input',
  {
    ...deviceFields,
    type: required(
      choice('@type', ['mouse', 'tablet', 'keyboard'], 'What it is.', { later: ['passthrough', 'evdev'] }),
    ),
    bus: choice(
      '@bus',
      ['usb', 'ps2', 'virtio'],
      'Bus. Default: ps2 for mouse and keyboard, usb for tablet.',
      {
        later: ['xen', 'parallels', 'none'],
      },
    ),
    model: text('@model', 'virtio: virtio, virtio-transitional or virtio-non-transitional.', {
      pattern: '^virtio(-transitional|-non-transitional)?$',
      expected: 'virtio, virtio-transitional or virtio-non-transitional',
    }),
  },
  { later: 'driver source' },
);

export const input: DeviceClass<Input> = { element: 'input', about: 'Mouse, tablet and keyboard.', codec };
