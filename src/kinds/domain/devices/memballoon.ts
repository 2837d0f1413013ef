import type { Memballoon } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { seconds } from '../../shape/duration.ts';
import { onOff } from '../../shape/on-off.ts';
import type { DeviceClass } from './contract.ts';
import { deviceCodec, deviceFields } from './device-fields.ts';
import { virtioField } from './virtio-options.ts';

const codec = deviceCodec<Memballoon>(
  'memballoon',
  {
    ...deviceFields,
    model: choice(
      '@model',
      ['virtio', 'virtio-transitional', 'virtio-non-transitional', 'none'],
      'Balloon device. Default: virtio.',
      { later: ['xen'] },
    ),
    autodeflate: onOff('@autodeflate', 'Give memory back before the guest runs out of it.'),
    freePageReporting: onOff('@freePageReporting', 'The guest returns free pages to the host.'),
    statsPeriod: seconds('stats@period', 'Time between reports of the guest. Default: none.'),
    virtio: virtioField,
  },
  {
    xmlNeeds: '@model',
    order: 'stats alias address driver',
    normalize: ({ model = 'virtio', ...device }) => ({ ...device, model }),
    abbreviate: ({ model, ...device }) =>
      model === undefined || model === 'virtio' ? device : { ...device, model },
  },
);

export const memballoon: DeviceClass<Memballoon> = {
  element: 'memballoon',
  about: 'The memory balloon. Default: a virtio one.',
  codec,
};
