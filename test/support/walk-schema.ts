import type { JsonSchema } from '../../src/model/json.ts';

/** Shows each node of a schema with its path; lists as `[]`. An element in itself is entered once. */
export function walkSchema(schema: JsonSchema, see: (node: JsonSchema, at: string) => void): void {
  const visit = (node: JsonSchema, at: string, inside: readonly string[]): void => {
    const reference = node['$ref'] as string | undefined;
    if (reference !== undefined) {
      const name = reference.split('/').at(-1) ?? '';
      const definition = (schema['$defs'] as Record<string, JsonSchema>)[name];
      if (definition && !inside.includes(name)) visit(definition, at, [...inside, name]);
      return;
    }
    for (const branch of (node['anyOf'] ?? node['oneOf'] ?? []) as JsonSchema[]) visit(branch, at, inside);
    see(node, at);
    for (const [name, child] of Object.entries((node['properties'] ?? {}) as Record<string, JsonSchema>))
      visit(child, at === '' ? name : `${at}.${name}`, inside);
    if (node['items']) visit(node['items'] as JsonSchema, `${at}[]`, inside);
  };
  visit(schema, '', []);
}
