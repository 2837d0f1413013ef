import type { KindRules } from '../../kinds/contract.ts';
import type { JsonSchema } from '../../model/json.ts';
import type { Kind } from '../../model/resource.ts';

const words = {
  class: {
    description: 'A DomainClass to build on: what stands here is merged over its template (RFC 7386).',
    type: 'string',
  },
  parameters: {
    description: 'Values for the parameters of the class.',
    type: 'object',
    additionalProperties: { type: ['string', 'number', 'boolean'] },
  },
} as const;

/** What an editor checks a file with: the kind's own schema, and for a Domain also what makes it one of a class. */
export function fileSchema({ kind, schema }: Pick<KindRules<Kind>, 'kind' | 'schema'>): JsonSchema {
  if (kind !== 'Domain') return schema;
  const { properties } = schema as { properties: { spec: JsonSchema } };
  const { spec } = properties;
  const { required, ...rest } = spec as { required: readonly string[]; properties: object };
  return {
    ...schema,
    properties: {
      ...properties,
      spec: {
        ...rest,
        properties: { ...words, ...rest.properties },
        anyOf: [{ required }, { required: ['class'] }],
      },
    },
  };
}
