import type { Audio } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { required } from '../../shape/field.ts';
import { integer } from '../../shape/integer.ts';
import type { DeviceClass } from './contract.ts';
import { deviceCodec, deviceFields } from './device-fields.ts';

const codec = deviceCodec<Audio>(
  'audio',
  {
    ...deviceFields,
    id: required(integer('@id', 'Number that sound cards refer to, from 1.', { minimum: 1 })),
    type: required(
      choice('@type', ['none', 'spice'], 'Where the sound goes.', {
        later: ['alsa', 'coreaudio', 'dbus', 'file', 'jack', 'oss', 'pipewire', 'pulseaudio', 'sdl'],
      }),
    ),
  },
  { later: '@timerPeriod @path @driver @serverName @device input output' },
);

export const audio: DeviceClass<Audio> = {
  element: 'audio',
  about: 'Where sound of the guest goes on the host.',
  codec,
};
