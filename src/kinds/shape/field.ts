import type { JsonSchema } from '../../model/json.ts';
import type { Decoding } from './decoding.ts';
import type { XmlBuilder } from './xml-builder.ts';
import type { XmlCursor } from './xml-cursor.ts';

/** Schemas that are named once and referred to: the `$defs` of the document's schema. */
export type SchemaDefinitions = Map<string, JsonSchema>;

/**
 * One property of a definition: its YAML form, its place in libvirt's XML and its schema. Members are functions, not
 * methods, so that TypeScript compares T exactly: a choice that lacks a word of the model does not compile.
 */
export interface Field<T> {
  /** Place below the element: `@type`, `driver@cache`, `serial` (the child's text), `.` (the element's own text). */
  readonly at: string;
  /** What it is, its unit and its default, for people. */
  readonly about: string;
  readonly required: boolean;
  readonly schema: (definitions: SchemaDefinitions) => JsonSchema;
  /** `undefined`: no value, and if that is a mistake it has been reported. */
  readonly fromYaml: (value: unknown, path: string, decoding: Decoding) => T | undefined;
  readonly toYaml: (value: T) => unknown;
  /** `cursor` stands on the element that `at` starts from. */
  readonly fromXml: (cursor: XmlCursor, path: string) => T | undefined;
  readonly toXml: (value: T, builder: XmlBuilder) => void;
}

export interface RequiredField<T> extends Field<T> {
  readonly required: true;
}

/** A field for every key of the model's interface, required exactly where the model requires it. */
export type Shape<T> = {
  readonly [K in keyof T]-?: Record<never, never> extends Pick<T, K>
    ? Field<Exclude<T[K], undefined>>
    : RequiredField<T[K]>;
};

export function required<T>(field: Field<T>): RequiredField<T> {
  return { ...field, required: true };
}
