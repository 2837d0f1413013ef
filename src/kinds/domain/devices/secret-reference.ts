import type { SecretReference } from '../../../model/domain-devices.ts';
import { elementCodec } from '../../shape/element-codec.ts';
import { text } from '../../shape/text.ts';

/** A secret by name: `<secret uuid=…/>` or `<secret usage=…/>`. Its value is no part of a definition. */
export const secretReference = elementCodec<SecretReference>(
  'secret',
  {
    usage: text('@usage', 'Usage name of the secret.', { maxLength: 1024 }),
    uuid: text('@uuid', 'UUID of the secret.', {
      pattern: '^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$',
      expected: 'a UUID',
    }),
  },
  {
    // Whose secret it is stands in `type`, which belongs to the element around this one.
    reads: (cursor) => cursor.attribute('type'),
    short: {
      schema: { type: 'string', minLength: 1, maxLength: 1024 },
      expand: (value) => (typeof value === 'string' && value !== '' ? { usage: value } : undefined),
      shorten: ({ usage, uuid }) => (uuid === undefined ? usage : undefined),
    },
  },
);
