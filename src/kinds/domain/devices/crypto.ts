import type { Crypto } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { integer } from '../../shape/integer.ts';
import type { DeviceClass } from './contract.ts';
import { deviceCodec, deviceFields } from './device-fields.ts';
import { virtioField } from './virtio-options.ts';

const codec = deviceCodec<Crypto>(
  'crypto',
  {
    ...deviceFields,
    model: choice('@model', ['virtio'], 'Device. Default: virtio.'),
    type: choice('@type', ['qemu'], 'Always qemu.'),
    backend: choice(
      'backend@model',
      ['builtin', 'lkcf'],
      'Who does the work: QEMU itself, or the kernel of the host. Default: builtin.',
    ),
    queues: integer('backend@queues', 'Queues. Default: 1.', { minimum: 1, maximum: 1024 }),
    virtio: virtioField,
  },
  {
    xmlNeeds: '@model @type backend@model',
    order: 'backend driver',
    normalize: ({ model = 'virtio', type = 'qemu', backend = 'builtin', ...device }) => ({
      ...device,
      model,
      type,
      backend,
    }),
    abbreviate: ({ model: _, type: __, backend, ...device }) => ({
      ...device,
      ...(backend === undefined || backend === 'builtin' ? {} : { backend }),
    }),
  },
);

export const crypto: DeviceClass<Crypto> = {
  element: 'crypto',
  about: 'Devices that encrypt for the guest.',
  codec,
};
