import type { Panic } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import type { DeviceClass } from './contract.ts';
import { deviceCodec, deviceFields } from './device-fields.ts';

const codec = deviceCodec<Panic>('panic', {
  ...deviceFields,
  model: choice(
    '@model',
    ['isa', 'pvpanic', 'hyperv', 'pseries', 's390'],
    'How the guest reports a panic. Default: isa.',
  ),
});

export const panic: DeviceClass<Panic> = {
  element: 'panic',
  about: 'Ways to report a panic of the guest.',
  codec,
};
