import type { JsonSchema } from '../../model/json.ts';
import type { ElementCodec } from './element-codec.ts';
import type { Field, SchemaDefinitions } from './field.ts';
import { laterComment, laterFrom } from './later.ts';
import { parseLocation } from './location.ts';
import { nearest } from './nearest.ts';
import { show } from './scalar.ts';

type VariantTable<T extends { readonly type: string }> = {
  readonly [K in T['type']]: ElementCodec<Extract<T, { readonly type: K }>>;
};

/** One of several maps, told apart by `type`: an `<address type=…>`. */
export function variants<T extends { readonly type: string }>(
  at: string,
  title: string,
  table: VariantTable<T>,
  about: string,
  later: readonly string[] = [],
): Field<T> {
  const { steps } = parseLocation(at);
  // The table is exact for T; inside, its codecs are handled as codecs of T.
  const codecs = new Map(Object.entries(table) as unknown as readonly (readonly [string, ElementCodec<T>])[]);
  const words = [...codecs.keys()];

  function schema(definitions: SchemaDefinitions): JsonSchema {
    return {
      type: 'object',
      properties: { type: { type: 'string', enum: words } },
      required: ['type'],
      ...laterComment(laterFrom(later)),
      allOf: [...codecs].map(([type, codec]) => ({
        if: { type: 'object', properties: { type: { const: type } } },
        // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own word
        then: codec.schema(definitions),
      })),
    };
  }

  return {
    at,
    about,
    required: false,
    schema: (definitions) => {
      if (!definitions.has(title)) definitions.set(title, schema(definitions));
      return { $ref: `#/$defs/${title}` };
    },
    fromYaml: (value, path, decoding) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        decoding.report('wrong-type', path, `must be a map, not ${show(value)}`);
        return undefined;
      }
      const { type } = value as { readonly type?: unknown };
      const codec = typeof type === 'string' ? codecs.get(type) : undefined;
      if (codec !== undefined) return codec.fromYaml(value, path, decoding);
      const meant = typeof type === 'string' ? nearest(type, words) : undefined;
      const message = `must be one of ${words.join(', ')}, not ${show(type)}`;
      decoding.report('invalid-value', `${path}.type`, message, meant && `did you mean ${meant}?`);
      return undefined;
    },
    toYaml: (value) => codecs.get(value.type)?.toYaml(value),
    fromXml: (cursor, path) => {
      const child = cursor.descend(steps);
      if (child === undefined) return undefined;
      const type = child.attribute('type');
      const codec = codecs.get(type?.value ?? '');
      if (codec !== undefined) return codec.fromXml(child, path);
      child.ignore();
      cursor.decoding.positions.set(path, (type ?? child.element).position);
      if (type !== undefined && later.includes(type.value)) {
        cursor.decoding.report('not-supported', path, `type ${show(type.value)} is not supported yet`);
      } else {
        const message = `type must be one of ${words.join(', ')}, not ${show(type?.value)}`;
        cursor.decoding.report('invalid-value', path, message);
      }
      return undefined;
    },
    toXml: (value, builder) => codecs.get(value.type)?.toXml(value, builder.descend(steps)),
  };
}
