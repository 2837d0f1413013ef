import type { CharacterSource, Rng } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { millis } from '../../shape/duration.ts';
import { elementCodec } from '../../shape/element-codec.ts';
import { integer } from '../../shape/integer.ts';
import { scattered } from '../../shape/object.ts';
import { orNone } from '../../shape/or-none.ts';
import { path } from '../../shape/text.ts';
import { characterSourceShape, normalizeSource } from './character-source.ts';
import type { DeviceClass } from './contract.ts';
import { deviceCodec, deviceFields } from './device-fields.ts';
import { virtioField } from './virtio-options.ts';

const egd = elementCodec<CharacterSource>('rng', characterSourceShape({ below: 'backend/' }), {
  inline: true,
  normalize: (one) => normalizeSource(one),
});

const codec = deviceCodec<Rng>(
  'rng',
  {
    ...deviceFields,
    model: choice(
      '@model',
      ['virtio', 'virtio-transitional', 'virtio-non-transitional'],
      'Device. Default: virtio.',
    ),
    rateBytes: orNone(integer('rate@bytes', 'Bytes that the guest may take per period.', { minimum: 1 })),
    ratePeriod: millis('rate@period', 'The period. Default: 1s.'),
    backend: choice('backend@model', ['random', 'builtin', 'egd'], 'Source of randomness. Default: random.'),
    source: path('backend', 'random: device of the host. Default: /dev/random.'),
    egd: scattered(egd, 'egd: the character device that gives it.'),
    virtio: virtioField,
  },
  {
    xmlNeeds: '@model backend backend@model',
    order: 'rate backend driver',
    normalize: ({ model = 'virtio', backend = 'random', ...device }) => ({ ...device, model, backend }),
    abbreviate: ({ model, backend, ...device }) => ({
      ...device,
      ...(model === undefined || model === 'virtio' ? {} : { model }),
      ...(backend === undefined || backend === 'random' ? {} : { backend }),
    }),
  },
);

export const rng: DeviceClass<Rng> = { element: 'rng', about: 'Random number generators.', codec };
