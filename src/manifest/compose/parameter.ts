import type { NodeReader } from './node-reader.ts';
import { plainOf, type SpecNode, textOf } from './spec-node.ts';
import { variableName } from './substitute.ts';

export const parameterTypes = ['string', 'integer', 'boolean', 'size'] as const;

/** In what the machines of a class may differ. */
export interface Parameter {
  readonly type: (typeof parameterTypes)[number];
  readonly default?: SpecNode;
  readonly required: boolean;
  readonly allowed?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Given by us in every class. */
export const builtIn = 'name';
export function readParameter(name: string, node: SpecNode, reader: NodeReader): Parameter {
  const path = `spec.parameters.${name}`;
  if (!variableName.test(name) || name === builtIn)
    reader.report('invalid-name', node.key ?? node.place, `${name.slice(0, 60)} cannot be a parameter`, path);
  const fields = reader.fields(node, path, [
    'type',
    'default',
    'required',
    'description',
    'enum',
    'pattern',
    'minimum',
    'maximum',
  ]);
  const type = parameterTypes.find((one) => one === reader.text(fields['type'], `${path}.type`)) ?? 'string';
  if (fields['type'] && textOf(fields['type']) !== type)
    reader.report(
      'invalid-value',
      fields['type'].place,
      `a type is one of ${parameterTypes.join(', ')}`,
      `${path}.type`,
    );
  const fallback = fields['default'];
  const required = reader.flag(fields['required'], `${path}.required`) ?? fallback === undefined;
  if (required && fallback)
    reader.report(
      'conflicting-options',
      fallback.key ?? fallback.place,
      'required, and yet with a default',
      path,
    );
  const pattern = reader.text(fields['pattern'], `${path}.pattern`);
  if (pattern !== undefined && !plainPattern.test(pattern))
    reader.report(
      'invalid-value',
      fields['pattern']?.place ?? node.place,
      'a pattern is text with * for anything',
      `${path}.pattern`,
    );
  const minimum = reader.number(fields['minimum'], `${path}.minimum`);
  const maximum = reader.number(fields['maximum'], `${path}.maximum`);
  const allowed = fields['enum'] && reader.list(fields['enum'], `${path}.enum`).map(plainOf);
  const parameter: Parameter = {
    type,
    required,
    ...(fallback ? { default: fallback } : {}),
    ...(allowed ? { allowed } : {}),
    ...(pattern === undefined ? {} : { pattern }),
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
  };
  const wrong = fallback && refusal(fallback, parameter);
  if (wrong) reader.report('invalid-value', fallback.place, wrong, `${path}.default`);
  return parameter;
}

// No regular expressions of others: one can be made to run for ever.
const plainPattern = /^[A-Za-z0-9 ._+:@/*-]{1,200}$/;

/** Why a value is none for this parameter. */
export function refusal(
  { scalar }: SpecNode,
  { type, allowed, pattern, minimum, maximum }: Parameter,
): string | undefined {
  if (scalar === undefined || scalar === null) return 'a text, a number, true or false is needed here';
  const fits =
    type === 'boolean'
      ? typeof scalar === 'boolean'
      : type === 'integer'
        ? Number.isSafeInteger(scalar)
        : type === 'size'
          ? Number.isSafeInteger(scalar) || /^\d+(\.\d+)?\s*([KMGTP]i?)?B?$/.test(String(scalar))
          : typeof scalar === 'string';
  const shown = JSON.stringify(scalar).slice(0, 60);
  if (!fits) return `${shown} is no ${type}`;
  if (allowed && !allowed.includes(scalar))
    return `${shown}: one of ${allowed.map(String).join(', ').slice(0, 200)}`;
  if (typeof scalar === 'number' && minimum !== undefined && scalar < minimum)
    return `${shown} is below ${minimum}`;
  if (typeof scalar === 'number' && maximum !== undefined && scalar > maximum)
    return `${shown} is above ${maximum}`;
  if (pattern !== undefined && !matches(String(scalar), pattern)) return `${shown} does not fit ${pattern}`;
  return undefined;
}

/** Each `*` takes as little as it can: linear in the text. */
function matches(text: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
