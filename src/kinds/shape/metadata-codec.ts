import type { Metadata } from '../../model/resource.ts';
import { type ElementCodec, elementCodec } from './element-codec.ts';
import { type Field, required } from './field.ts';
import { type ScalarType, scalar } from './scalar.ts';
import { stringMap } from './string-map.ts';

export const namePattern = '^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$';

/**
 * Name, labels and annotations of a kind. In XML the name is `<name>`; the rest is `<q:label name= value=/>` and
 * `<q:annotation …/>` in `within`, for example `metadata/q:domain`.
 */
export function metadataCodec(element: string, within: string): ElementCodec<Metadata> {
  return elementCodec<Metadata>(
    element,
    {
      name: required(resourceName('name')),
      labels: stringMap(`${within}/q:label`, 'Words to select by.', { nameAt: 'name', valueAt: '@value' }),
      annotations: stringMap(`${within}/q:annotation`, 'Notes for people and tools.', {
        nameAt: 'name',
        valueAt: '@value',
        maxLength: 65_536,
      }),
    },
    { inline: true },
  );
}

const yamlName = new RegExp(namePattern, 'u');
// What libvirt takes: anything that can be one file name, without control characters.
const xmlName = /^(?!\.{1,2}$)[^/\p{Cc}]{1,255}$/u;

const nameType: ScalarType<string> = {
  schema: { type: 'string', pattern: namePattern, maxLength: 128 },
  expected: 'a name',
  read: (value, form) => {
    if (typeof value !== 'string') return undefined;
    if (form === 'xml' ? xmlName.test(value) && value.trim() !== '' : yamlName.test(value)) return value;
    const shown = JSON.stringify(value.slice(0, 60));
    return form === 'xml'
      ? {
          code: 'invalid-name',
          message: `${shown} is not a name: no "/", no control characters, at most 255 characters`,
        }
      : {
          code: 'invalid-name',
          message: `${shown} is not a name: a letter or digit first, then letters, digits and . _ + -`,
        };
  },
  plain: (value) => value,
  print: (value) => value,
};

/** The name of a resource: its identity together with the kind. */
function resourceName(at: string): Field<string> {
  return scalar<string>(at, 'Name; with the kind it is the identity.', nameType);
}
