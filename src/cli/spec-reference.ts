import type { JsonSchema } from '../model/json.ts';

/** What the reference needs of a kind. */
interface Documented {
  readonly kind: string;
  readonly schema: JsonSchema;
}

/** The spec reference of one kind, as Markdown, from its schema. */
export function specReference(rules: Documented): string {
  const rows: Row[] = [];
  walk(rules.schema, '', rows);
  const file = `schemas/${rules.kind.toLowerCase()}.schema.json`;
  const isOfXml = rows.some(({ xml }) => xml !== '');
  const columns = isOfXml ? "the YAML path, what it takes, its place in libvirt's XML, what it means" : plain;
  const lines = [`# ${rules.kind}`, '', `Generated from \`${file}\`. Each row: ${columns}.`];
  if (isOfXml) lines.push('', ...comingFromXml);
  lines.push('', ...table(rows, isOfXml));
  for (const name of new Set(rows.flatMap(({ refersTo = [] }) => refersTo))) {
    const definitions = rules.schema['$defs'] as Readonly<Record<string, JsonSchema>>;
    const below: Row[] = [];
    const definition = definitions[name] ?? {};
    walk(definition, '', below);
    lines.push('', `## ${name}`, '', ...remarks(definition).flatMap((remark) => [remark, '']));
    lines.push(...table(below, isOfXml));
  }
  return `${lines.join('\n')}\n`;
}

const plain = 'the YAML path, what it takes, what it means';
const comingFromXml = [
  'You know a word of libvirt: search the XML column, `@` before an attribute. Words of libvirt that are refused stand with the',
  'element that they belong to; what is done otherwise: [What differs from libvirt](../libvirt-differences.md).',
];

interface Row {
  readonly path: string;
  readonly takes: string;
  readonly xml: string;
  readonly meaning: string;
  /** Definitions that have a table of their own. */
  readonly refersTo?: readonly string[];
}

function table(rows: readonly Row[], isOfXml: boolean): string[] {
  const line = (...cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const titles = isOfXml ? ['path', 'takes', 'XML', 'meaning'] : ['path', 'takes', 'meaning'];
  return [
    line(...titles),
    line(...titles.map(() => '---')),
    ...rows.map(({ path, takes: what, xml, meaning }) =>
      isOfXml ? line(`\`${path}\``, what, xml, meaning) : line(`\`${path}\``, what, meaning),
    ),
  ];
}

function rowOf(path: string, schema: JsonSchema): Row {
  const [, about = '', place = ''] =
    /^(.*?)(?: XML: (\S+)\.)?$/s.exec(String(schema['description'] ?? '')) ?? [];
  const meaning = [about, ...remarks(schema)].filter((text) => text !== '').join(' ');
  const name = definitionOf(schema);
  const common = { path, xml: place === '' ? '' : `\`${place}\``, meaning };
  if (name === undefined) return { ...common, takes: takes(schema) };
  return { ...common, takes: `[${name}](#${name.toLowerCase()})`, refersTo: [name] };
}

function definitionOf(schema: JsonSchema): string | undefined {
  const reference = schema['$ref'];
  return typeof reference === 'string' ? reference.split('/').at(-1) : undefined;
}

/** What libvirt has here and we refuse. */
function remarks(schema: JsonSchema): string[] {
  return branches(schema).flatMap((branch) => [
    ...(typeof branch['$comment'] === 'string' ? [branch['$comment']] : []),
    ...(branch['items'] ? remarks(branch['items'] as JsonSchema) : []),
  ]);
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

function walk(schema: JsonSchema, path: string, rows: Row[]): void {
  for (const branch of branches(schema)) {
    const items = branch['items'] as JsonSchema | undefined;
    if (items) walk(items, `${path}[]`, rows);
    for (const [name, child] of Object.entries(properties(branch))) {
      const at = path === '' ? name : `${path}.${name}`;
      rows.push(rowOf(at, child));
      walk(child, at, rows);
    }
  }
  // One of several maps, told apart by a word.
  for (const { then } of (schema['allOf'] ?? []) as readonly { readonly then?: JsonSchema }[])
    if (then) walk(then, path, rows);
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
