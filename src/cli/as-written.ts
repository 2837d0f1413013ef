import { formatSize, sizePattern } from '../kinds/shape/bytes.ts';
import { kinds } from '../kinds/table.ts';
import type { JsonSchema } from '../model/json.ts';
import type { Kind } from '../model/resource.ts';
import { schemaAt } from './spec-reference.ts';

/** The value of a definition path as a spec would say it: sizes with their unit. */
export function asWritten(kind: Kind, path: string, value: unknown): unknown {
  const steps = [...path.matchAll(/\[[^\]]*\]|([^.[\]]+)/g)].flatMap(([, step]) => step ?? []);
  return written(kinds[kind].schema, steps, value);
}

function written(schema: JsonSchema, path: readonly string[], value: unknown): unknown {
  if (typeof value === 'number') return isSize(schemaAt(schema, path)) ? formatSize(value) : value;
  if (Array.isArray(value)) return value.map((item: unknown) => written(schema, path, item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, written(schema, [...path, name], item)]),
  );
}

function isSize(schema: JsonSchema | undefined): boolean {
  const options = (schema?.['anyOf'] ?? schema?.['oneOf'] ?? []) as readonly JsonSchema[];
  return schema?.['pattern'] === sizePattern || options.some(isSize);
}
