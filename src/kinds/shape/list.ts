import type { JsonSchema } from '../../model/json.ts';
import type { Decoding } from './decoding.ts';
import type { ElementCodec } from './element-codec.ts';
import type { Field } from './field.ts';
import { parseLocation, xmlName } from './location.ts';
import { show } from './scalar.ts';

/** A list in YAML, repeated elements in XML: `list('boot', …)` reads every `<boot>`. */
export function list<T>(at: string, codec: ElementCodec<T>, about: string): Field<readonly T[]> {
  const slash = at.lastIndexOf('/');
  const { steps } = parseLocation(slash === -1 ? '' : at.slice(0, slash));
  const item = xmlName(at.slice(slash + 1));
  return {
    at,
    about,
    required: false,
    schema: (definitions): JsonSchema => ({
      type: 'array',
      items: codec.schema(definitions),
      maxItems: 2000,
    }),
    fromYaml: (value, path, decoding) => listFromYaml(value, path, decoding, codec.fromYaml),
    toYaml: (values) => values.map(codec.toYaml),
    fromXml: (cursor, path) => {
      const children = cursor.descend(steps)?.children(item) ?? [];
      if (children.length === 0) return undefined;
      const found: T[] = [];
      children.forEach((child, index) => {
        const result = codec.fromXml(child, `${path}[${index}]`);
        if (result !== undefined) found.push(result);
      });
      return found.length === 0 ? undefined : found;
    },
    toXml: (values, builder) => {
      if (values.length === 0) return;
      const holder = builder.descend(steps);
      for (const value of values) codec.toXml(value, holder.append(item));
    },
  };
}

/** A list of single values: each stands in an element of its own, at `inner` of it. */
export function values<T>(at: string, inner: Field<T>, about: string): Field<readonly T[]> {
  const codec: ElementCodec<T> = {
    schema: inner.schema,
    fromYaml: inner.fromYaml,
    toYaml: inner.toYaml,
    fromXml: (cursor, path) => {
      const [, attribute] = /^@(\w+)$/.exec(inner.at) ?? [];
      if (attribute !== undefined && cursor.attribute(attribute) === undefined) {
        cursor.decoding.positions.set(path, cursor.element.position);
        cursor.decoding.report(
          'missing-field',
          path,
          `<${cursor.element.name}> has no ${attribute}=`,
          'add it',
        );
        return undefined;
      }
      return inner.fromXml(cursor, path);
    },
    toXml: inner.toXml,
  };
  return list(at, codec, about);
}

/** An empty list says nothing, so that it equals no list, as in XML. */
function listFromYaml<T>(
  value: unknown,
  path: string,
  decoding: Decoding,
  decode: ElementCodec<T>['fromYaml'],
): readonly T[] | undefined {
  if (!Array.isArray(value)) {
    decoding.report('wrong-type', path, `must be a list, not ${show(value)}`);
    return undefined;
  }
  const found: T[] = [];
  value.forEach((item: unknown, index) => {
    const result = decode(item, `${path}[${index}]`, decoding);
    if (result !== undefined) found.push(result);
  });
  return found.length === 0 ? undefined : found;
}
