import type { Vsock } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { integer } from '../../shape/integer.ts';
import { yesNo } from '../../shape/on-off.ts';
import type { DeviceClass } from './contract.ts';
import { deviceCodec, deviceFields } from './device-fields.ts';
import { virtioField } from './virtio-options.ts';

const codec = deviceCodec<Vsock>(
  'vsock',
  {
    ...deviceFields,
    model: choice(
      '@model',
      ['virtio', 'virtio-transitional', 'virtio-non-transitional'],
      'Device. Default: virtio.',
    ),
    autoCid: yesNo('cid@auto', 'Choose the context id at start.'),
    cid: integer('cid@address', 'Context id of the guest, from 3.', { minimum: 3, maximum: 0xffff_ffff }),
    virtio: virtioField,
  },
  {
    order: 'cid alias address driver',
    later: 'driver@page_per_vq source',
    normalize: (vsock) => ((vsock.cid ?? vsock.autoCid) === undefined ? { ...vsock, autoCid: true } : vsock),
    abbreviate: ({ autoCid, ...vsock }) =>
      autoCid === undefined || (autoCid && vsock.cid === undefined) ? vsock : { ...vsock, autoCid },
  },
);

export const vsock: DeviceClass<Vsock> = {
  element: 'vsock',
  about: 'A socket between host and guest.',
  codec,
};
