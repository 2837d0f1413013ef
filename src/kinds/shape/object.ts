import type { ElementCodec } from './element-codec.ts';
import type { Field } from './field.ts';
import { parseLocation } from './location.ts';

/** A map in YAML, an element of its own in XML. */
export function object<T>(at: string, codec: ElementCodec<T>, about: string): Field<T> {
  const { steps } = parseLocation(at);
  return {
    at,
    about,
    required: false,
    schema: codec.schema,
    fromYaml: codec.fromYaml,
    toYaml: codec.toYaml,
    fromXml: (cursor, path) => {
      const child = cursor.descend(steps);
      return child && codec.fromXml(child, path);
    },
    toXml: (value, builder) => codec.toXml(value, builder.descend(steps)),
  };
}

/** A map in YAML whose XML lies scattered in the parent's element; the codec is `inline`. Empty is the same as absent. */
export function scattered<T extends object>(codec: ElementCodec<T>, about: string): Field<T> {
  const unlessEmpty = (value: T | undefined) =>
    value === undefined || Object.keys(value).length === 0 ? undefined : value;
  return {
    at: '',
    about,
    required: false,
    schema: codec.schema,
    fromYaml: (value, path, decoding) => unlessEmpty(codec.fromYaml(value, path, decoding)),
    toYaml: codec.toYaml,
    fromXml: (cursor, path) => unlessEmpty(codec.fromXml(cursor, path)),
    toXml: codec.toXml,
  };
}
