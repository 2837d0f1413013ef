import type { Hub } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { required } from '../../shape/field.ts';
import type { DeviceClass } from './contract.ts';
import { deviceCodec, deviceFields } from './device-fields.ts';

const codec = deviceCodec<Hub>('hub', {
  ...deviceFields,
  type: required(choice('@type', ['usb'], 'What it is a hub of.')),
});

export const hub: DeviceClass<Hub> = { element: 'hub', about: 'USB hubs.', codec };
