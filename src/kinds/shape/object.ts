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

/**
 * A map in YAML whose XML lies scattered in the parent's element; the codec is `inline`. Absent when none of it is there.
 */
export function scattered<T extends object>(codec: ElementCodec<T>, about: string): Field<T> {
  return {
    at: '',
    about,
    required: false,
    schema: codec.schema,
    fromYaml: codec.fromYaml,
    toYaml: codec.toYaml,
    fromXml: (cursor, path) => {
      const value = codec.fromXml(cursor, path);
      return value === undefined || Object.keys(value).length === 0 ? undefined : value;
    },
    toXml: codec.toXml,
  };
}
