import { nearest } from '../kinds/shape/nearest.ts';
import type { SpecNode } from '../manifest/compose/spec-node.ts';
import { type Values, variableName } from '../manifest/compose/substitute.ts';
import { Failure } from '../model/failure.ts';
import { impacts } from '../model/plan.ts';

/** One field of an operation's input: `read` gives the value, or undefined when it is none of that kind. */
export interface Field<T> {
  readonly takes: string;
  readonly required: boolean;
  readonly absent: T;
  read(value: unknown): T | undefined;
}

export type Shape = Readonly<Record<string, Field<unknown>>>;
export type InputOf<S extends Shape> = { readonly [N in keyof S]: S[N] extends Field<infer T> ? T : never };

const day = 24 * 60 * 60_000;

export function text(most = 1_024): Field<string> {
  return { ...optionalText(most), required: true, absent: '' } as Field<string>;
}

export function optionalText(most = 1_024): Field<string | undefined> {
  return {
    takes: `a text of 1 to ${most} characters`,
    required: false,
    absent: undefined,
    read: (value) =>
      typeof value === 'string' && value.length > 0 && value.length <= most ? value : undefined,
  };
}

export function flag(): Field<boolean> {
  return {
    takes: 'true or false',
    required: false,
    absent: false,
    read: (value) => (typeof value === 'boolean' ? value : undefined),
  };
}

export function count(absent: number, most = 1_000_000): Field<number> {
  return {
    takes: `a whole number from 0 to ${most}`,
    required: false,
    absent,
    read: (value) =>
      typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most ? value : undefined,
  };
}

/** A time; `days`: the most that is taken. */
export function milliseconds(absent: number, days = 1): Field<number> {
  return {
    ...count(absent),
    takes: `milliseconds, up to ${days === 1 ? 'a day' : `${days} days`}`,
    read: (value) => (typeof value === 'number' && value >= 0 && value <= days * day ? value : undefined),
  };
}

export function oneOf<const W extends readonly string[]>(words: W, absent: W[number]): Field<W[number]> {
  return {
    takes: `one of ${words.join(', ')}`,
    required: false,
    absent,
    read: (value) => words.find((word) => word === value),
  };
}

export function impact(): Field<(typeof impacts)[number] | undefined> {
  return {
    takes: `one of ${impacts.join(', ')}`,
    required: false,
    absent: undefined,
    read: (value) => impacts.find((known) => known === value),
  };
}

/** What references in specs stand for, each with the place where it was written. */
export function values(): Field<Values | undefined> {
  return {
    takes: 'values by name, each a scalar with its place',
    required: false,
    absent: undefined,
    read: (value) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
      const rows = Object.entries(value as Record<string, unknown>);
      const good =
        rows.length <= 2_000 && rows.every(([name, node]) => variableName.test(name) && isPlaced(node));
      return good ? (value as Values) : undefined;
    },
  };
}

function isPlaced(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false;
  const { scalar, place, items, fields } = node as Partial<SpecNode>;
  return (
    ['string', 'number', 'boolean'].includes(typeof scalar) &&
    items === undefined &&
    fields === undefined &&
    typeof place?.file === 'string' &&
    Number.isSafeInteger(place.line) &&
    Number.isSafeInteger(place.column)
  );
}

/** Whatever came in, as this shape says; a field too many, too large or of another type is refused by name. */
export function readInput<S extends Shape>(operation: string, shape: S, given: unknown): InputOf<S> {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw refused(`the input of ${operation} is not an object`);
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(shape, name));
  if (unknown !== undefined) {
    const name = unknown.slice(0, 64);
    const near = nearest(name, Object.keys(shape));
    throw refused(`${operation} takes no ${name}`, near && `did you mean ${near}?`);
  }
  const read = Object.entries(shape).map(([name, field]) => {
    const value = Object.hasOwn(given, name) ? (given as Record<string, unknown>)[name] : undefined;
    if (value === undefined) {
      if (field.required) throw refused(`${operation}: ${name} is missing`);
      return [name, field.absent];
    }
    const good = field.read(value);
    if (good === undefined) throw refused(`${operation}: ${name} is ${field.takes}`);
    return [name, good];
  });
  return Object.fromEntries(read) as InputOf<S>;
}

function refused(message: string, suggestion?: string): Failure {
  return new Failure('refused', message, { retry: 'never', ...(suggestion ? { suggestion } : {}) });
}
