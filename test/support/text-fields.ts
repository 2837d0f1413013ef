import type { JsonSchema } from '../../src/model/json.ts';
import { walkSchema } from './walk-schema.ts';

/** Paths of a schema that take a text which is not one of a few words. */
export function textFields(
  schema: JsonSchema,
  accepts: (node: JsonSchema) => boolean = () => true,
): string[] {
  const found = new Set<string>();
  walkSchema(schema, (node, at) => {
    const isText = [node['type']].flat().includes('string');
    if (isText && !('enum' in node) && !('const' in node) && accepts(node)) found.add(at);
  });
  return [...found];
}
