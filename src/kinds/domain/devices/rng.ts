import type { Rng } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { millis } from '../../shape/duration.ts';
import { integer } from '../../shape/integer.ts';
import { path } from '../../shape/text.ts';
import type { DeviceClass } from './contract.ts';
import { deviceCodec, deviceFields } from './device-fields.ts';
import { virtioField } from './virtio-options.ts';

const codec = deviceCodec<Rng>(
  'rng',
  {
    ...deviceFields,
    model: choice(
      '@model',
      ['virtio', 'virtio-transitional', 'virtio-non-transitional'],
      'Device. Default: virtio.',
    ),
    rateBytes: integer('rate@bytes', 'Bytes that the guest may take per period.', { minimum: 1 }),
    ratePeriod: millis('rate@period', 'The period. Default: 1s.'),
    backend: choice('backend@model', ['random', 'builtin'], 'Source of randomness. Default: random.', {
      later: ['egd'],
    }),
    source: path('backend', 'random: device of the host. Default: /dev/urandom.'),
    virtio: virtioField,
  },
  { order: 'rate backend driver', later: 'backend@type backend/source backend/protocol' },
);

export const rng: DeviceClass<Rng> = { element: 'rng', about: 'Random number generators.', codec };
