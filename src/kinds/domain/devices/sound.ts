import type { Sound } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { required } from '../../shape/field.ts';
import { integer } from '../../shape/integer.ts';
import { values } from '../../shape/list.ts';
import { yesNo } from '../../shape/on-off.ts';
import type { DeviceClass } from './contract.ts';
import { deviceCodec, deviceFields } from './device-fields.ts';

const codec = deviceCodec<Sound>(
  'sound',
  {
    ...deviceFields,
    model: required(
      choice('@model', ['ac97', 'es1370', 'sb16', 'ich6', 'ich7', 'ich9', 'usb', 'pcspk'], 'Sound card.', {
        later: ['virtio=8.2'],
      }),
    ),
    codecs: values(
      'codec',
      choice('@type', ['duplex', 'micro', 'output'], 'Codec.'),
      'Codecs of an ich card. Default: duplex.',
    ),
    audio: integer('audio@id', 'Id of the audio backend. Default: the first.', { minimum: 1 }),
    multichannel: yesNo('@multichannel', 'usb: more than two channels. Default: false.'),
  },
  { xmlNeeds: 'audio@id', order: 'codec audio', later: '@streams=8.2 driver' },
);

export const sound: DeviceClass<Sound> = { element: 'sound', about: 'Sound cards.', codec };
