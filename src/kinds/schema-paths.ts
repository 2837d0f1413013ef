import type { JsonSchema } from '../model/json.ts';

/** Every path that a schema knows, lists without their brackets: `spec.devices.disks.cache`. */
export function pathsOf(schema: JsonSchema): readonly string[] {
  const found = new Set<string>();
  walk(schema, '', found, schema['$defs'] as Readonly<Record<string, JsonSchema>> | undefined, []);
  return [...found];
}

function walk(
  schema: JsonSchema,
  path: string,
  found: Set<string>,
  definitions: Readonly<Record<string, JsonSchema>> | undefined,
  inside: readonly string[],
): void {
  const name =
    String(schema['$ref'] ?? '')
      .split('/')
      .at(-1) ?? '';
  const named = definitions?.[name];
  // A chain of images is described by itself: once is enough.
  if (named && !inside.includes(name)) walk(named, path, found, definitions, [...inside, name]);
  for (const branch of [schema, ...((schema['oneOf'] ?? schema['anyOf'] ?? []) as JsonSchema[])]) {
    if (branch !== schema) walk(branch, path, found, definitions, inside);
    else if (branch['items']) walk(branch['items'] as JsonSchema, path, found, definitions, inside);
  }
  for (const [key, child] of Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>)) {
    const at = path === '' ? key : `${path}.${key}`;
    found.add(at);
    walk(child, at, found, definitions, inside);
  }
}
