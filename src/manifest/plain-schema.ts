import type { JsonSchema } from '../model/json.ts';
import { apiVersion } from '../model/resource.ts';

/** Schema of a file that is no resource: a policy, a configuration. Its fields have no place in libvirt's XML to speak of. */
export function plainSchema(kind: string, schema: JsonSchema): JsonSchema {
  const { properties, required, ...rest } = plainWords(schema) as {
    properties: Readonly<Record<string, JsonSchema>>;
    required?: readonly string[];
  };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: kind,
    ...rest,
    required: ['apiVersion', 'kind', ...(required ?? [])],
    properties: { apiVersion: { const: apiVersion }, kind: { const: kind }, ...properties },
  };
}

function plainWords(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(plainWords);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      key === 'description' && typeof value === 'string'
        ? value.replace(/ XML: \S+$/, '')
        : plainWords(value),
    ]),
  );
}
