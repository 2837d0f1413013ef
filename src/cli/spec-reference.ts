import type { JsonSchema } from '../model/json.ts';

/** What the reference needs of a kind. */
interface Documented {
  readonly kind: string;
  readonly schema: JsonSchema;
}

/** The spec reference of one kind, as Markdown, from its schema. */
export function specReference(rules: Documented): string {
  const lines = [
    `# ${rules.kind}`,
    '',
    `Generated from \`schemas/${rules.kind.toLowerCase()}.schema.json\`. Each row: the YAML path, what it takes, what it means.`,
    '',
    '| path | takes | meaning |',
    '| --- | --- | --- |',
  ];
  walk(rules.schema, '', lines);
  return `${lines.join('\n')}\n`;
}

/** The schema node at a dotted path (`spec.devices.disks.cache`), lists passed through. */
export function schemaAt(schema: JsonSchema, path: readonly string[]): JsonSchema | undefined {
  const [head, ...rest] = path;
  if (head === undefined) return schema;
  for (const branch of branches(schema)) {
    const found =
      properties(branch)[head] ??
      (branch['items'] ? schemaAt(branch['items'] as JsonSchema, [head]) : undefined);
    if (found) return schemaAt(found, rest);
  }
  return undefined;
}

/** Names of the properties below a schema node, lists passed through. */
export function propertyNames(schema: JsonSchema): string[] {
  return branches(schema).flatMap((branch) =>
    branch['items'] ? propertyNames(branch['items'] as JsonSchema) : Object.keys(properties(branch)),
  );
}

function walk(schema: JsonSchema, path: string, lines: string[]): void {
  for (const branch of branches(schema)) {
    const items = branch['items'] as JsonSchema | undefined;
    if (items) walk(items, `${path}[]`, lines);
    for (const [name, child] of Object.entries(properties(branch))) {
      const at = path === '' ? name : `${path}.${name}`;
      lines.push(
        `| \`${at}\` | ${takes(child)} | ${String(child['description'] ?? '').replaceAll('|', '\\|')} |`,
      );
      walk(child, at, lines);
    }
  }
}

/** What a value may be, in a few words. */
export function takes(schema: JsonSchema): string {
  const values = schema['enum'] as readonly unknown[] | undefined;
  if (values) return values.map((value) => `\`${String(value)}\``).join(', ');
  if ('const' in schema) return `\`${String(schema['const'])}\``;
  const options = alternatives(schema);
  if (options.length > 0) return [...new Set(options.map(takes))].join(' or ');
  const items = schema['items'] as JsonSchema | undefined;
  if (items) return `list of ${takes(items)}`;
  const type = schema['type'];
  return Array.isArray(type) ? type.join(' or ') : String(type ?? 'any');
}

function alternatives(schema: JsonSchema): readonly JsonSchema[] {
  return (schema['oneOf'] ?? schema['anyOf'] ?? []) as readonly JsonSchema[];
}

function branches(schema: JsonSchema): readonly JsonSchema[] {
  const options = alternatives(schema);
  return options.length > 0 ? [schema, ...options] : [schema];
}

function properties(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return (schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>;
}
