import type { JsonSchema } from '../../src/model/json.ts';

/** Paths of a schema that take a text which is not one of a few words; lists as `[]`. An element in itself is entered once. */
export function textFields(
  schema: JsonSchema,
  accepts: (node: JsonSchema) => boolean = () => true,
): string[] {
  const found = new Set<string>();
  const visit = (node: JsonSchema, at: string, inside: readonly string[]): void => {
    const reference = node['$ref'] as string | undefined;
    if (reference !== undefined) {
      const name = reference.split('/').at(-1) ?? '';
      const definition = (schema['$defs'] as Record<string, JsonSchema>)[name];
      if (definition && !inside.includes(name)) visit(definition, at, [...inside, name]);
      return;
    }
    for (const branch of (node['anyOf'] ?? node['oneOf'] ?? []) as JsonSchema[]) visit(branch, at, inside);
    const isText = [node['type']].flat().includes('string');
    if (isText && !('enum' in node) && !('const' in node) && accepts(node)) found.add(at);
    for (const [name, child] of Object.entries((node['properties'] ?? {}) as Record<string, JsonSchema>))
      visit(child, at === '' ? name : `${at}.${name}`, inside);
    if (node['items']) visit(node['items'] as JsonSchema, `${at}[]`, inside);
  };
  visit(schema, '', []);
  return [...found];
}
