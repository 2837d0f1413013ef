import type { JsonSchema } from '../../model/json.ts';
import type { Field } from './field.ts';
import { parseLocation } from './location.ts';

/** Why a value is refused, with the word that was probably meant. */
export interface Refusal {
  readonly code: 'invalid-value' | 'invalid-size' | 'invalid-name' | 'not-supported';
  readonly message: string;
  readonly suggestion?: string;
}

/** How one kind of single value is written: in YAML as a plain value, in XML as text. */
export interface ScalarType<T> {
  readonly schema: JsonSchema;
  /** What is expected, after "must be": `a whole number`. */
  readonly expected: string;
  /** Reads both forms: XML gives a string, YAML whatever it holds. `undefined`: not such a value at all. */
  readonly read: (value: unknown, form: 'yaml' | 'xml') => T | Refusal | undefined;
  readonly plain: (value: T) => unknown;
  readonly print: (value: T) => string;
}

/** A single value at one place: an attribute or the text of an element. */
export function scalar<T extends string | number | boolean>(
  at: string,
  about: string,
  type: ScalarType<T>,
): Field<T> {
  const location = parseLocation(at);
  // As for libvirt, an empty text is no text; an empty attribute is one.
  const isNone = (found: unknown) =>
    location.attribute === undefined && typeof found === 'string' && found.trim() === '';
  return {
    at,
    about,
    required: false,
    schema: () => type.schema,
    fromYaml: (value, path, decoding) => {
      const result = type.read(value, 'yaml');
      if (result === undefined)
        decoding.report('wrong-type', path, `must be ${type.expected}, not ${show(value)}`);
      else if (isRefusal(result)) decoding.report(result.code, path, result.message, result.suggestion);
      else if (!isNone(result)) return result;
      return undefined;
    },
    toYaml: type.plain,
    fromXml: (cursor, path) => {
      const found = cursor.value(location);
      if (found === undefined || isNone(found.text)) return undefined;
      const { decoding } = cursor;
      decoding.positions.set(path, found.position);
      const result = type.read(found.text, 'xml');
      if (result === undefined) {
        decoding.report('invalid-value', path, `must be ${type.expected}, not ${show(found.text)}`);
      } else if (isRefusal(result)) {
        if (result.code === 'not-supported') cursor.ignore();
        decoding.report(result.code, path, result.message, result.suggestion);
      } else return result;
      return undefined;
    },
    toXml: (value, builder) => {
      const target = builder.descend(location.steps);
      if (location.attribute === undefined) target.text(type.print(value));
      else target.attribute(location.attribute, type.print(value));
    },
  };
}

function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'code' in value;
}

/** A value as a message shows it: short, on one line. */
export function show(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a map';
  return value === null || value === undefined ? 'nothing' : String(value);
}
