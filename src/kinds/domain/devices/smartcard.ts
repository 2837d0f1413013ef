import type { CharacterSource, Smartcard } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { elementCodec } from '../../shape/element-codec.ts';
import { required } from '../../shape/field.ts';
import { values } from '../../shape/list.ts';
import { scattered } from '../../shape/object.ts';
import { path, text } from '../../shape/text.ts';
import { characterSourceShape, normalizeSource } from './character-source.ts';
import type { DeviceClass } from './contract.ts';
import { deviceCodec, deviceFields } from './device-fields.ts';

const source = elementCodec<CharacterSource>('smartcard', characterSourceShape(), {
  inline: true,
  normalize: (one) => normalizeSource(one),
});

const codec = deviceCodec<Smartcard>(
  'smartcard',
  {
    ...deviceFields,
    mode: required(
      choice('@mode', ['host', 'host-certificates', 'passthrough'], 'Whose card the guest sees.'),
    ),
    certificates: values(
      'certificate',
      text('.', 'Name of a certificate.', { maxLength: 255 }),
      'host-certificates: the names of three certificates.',
    ),
    database: path('database', 'host-certificates: their database. Default: /etc/pki/nssdb.'),
    source: scattered(source, 'passthrough: the character device that the card is behind.'),
  },
  { order: 'certificate database source protocol log' },
);

export const smartcard: DeviceClass<Smartcard> = { element: 'smartcard', about: 'Smart cards.', codec };
