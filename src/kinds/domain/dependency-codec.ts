import type { Dependency } from '../../model/domain.ts';
import { choice } from '../shape/choice.ts';
import { elementCodec } from '../shape/element-codec.ts';
import { required } from '../shape/field.ts';
import { yesNo } from '../shape/on-off.ts';
import { text } from '../shape/text.ts';

export const dependencyCodec = elementCodec<Dependency>(
  'q:dependsOn',
  {
    kind: required(choice('@kind', ['Domain', 'Volume'], 'Kind of what it needs.')),
    name: required(text('@name', 'Name of what it needs.', { maxLength: 255 })),
    ready: yesNo('@ready', 'It has to be Ready, not just running. Default: false.'),
  },
  {
    short: {
      schema: { type: 'string', minLength: 1, maxLength: 255 },
      expand: (value) =>
        typeof value === 'string' && value !== '' ? { kind: 'Domain', name: value } : undefined,
      shorten: ({ kind, name, ready }) => (kind === 'Domain' && ready === undefined ? name : undefined),
    },
  },
);
