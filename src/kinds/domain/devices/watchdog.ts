import type { Watchdog } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { required } from '../../shape/field.ts';
import type { DeviceClass } from './contract.ts';
import { deviceCodec, deviceFields } from './device-fields.ts';

const codec = deviceCodec<Watchdog>('watchdog', {
  ...deviceFields,
  model: required(choice('@model', ['i6300esb', 'ib700', 'itco', 'diag288'], 'Watchdog card.')),
  action: choice(
    '@action',
    ['reset', 'shutdown', 'poweroff', 'pause', 'none', 'dump', 'inject-nmi'],
    'What happens when the guest hangs. Default: reset.',
  ),
});

export const watchdog: DeviceClass<Watchdog> = { element: 'watchdog', about: 'Watchdogs.', codec };
