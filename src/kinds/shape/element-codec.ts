import type { JsonSchema } from '../../model/json.ts';
import type { Decoding } from './decoding.ts';
import type { Field, SchemaDefinitions, Shape } from './field.ts';
import { type Later, laterComment, laterFrom } from './later.ts';
import { type Location, parseLocation } from './location.ts';
import { nearest } from './nearest.ts';
import { show } from './scalar.ts';
import type { XmlBuilder } from './xml-builder.ts';
import type { XmlCursor } from './xml-cursor.ts';

/** All that one table says about one element: schema, YAML and XML, both ways. */
export interface ElementCodec<T> {
  readonly schema: (definitions: SchemaDefinitions) => JsonSchema;
  readonly fromYaml: (value: unknown, path: string, decoding: Decoding) => T | undefined;
  readonly toYaml: (value: T) => unknown;
  readonly fromXml: (cursor: XmlCursor, path: string) => T | undefined;
  readonly toXml: (value: T, builder: XmlBuilder) => void;
  /** What libvirt has in this element and we not yet. */
  readonly later?: Later;
}

/** A form shorter than a map: `cpu: host-passthrough` for `cpu: {mode: host-passthrough}`. */
export interface ShortForm<T> {
  readonly schema: JsonSchema;
  /** `undefined`: this value is no short form. */
  readonly expand: (value: unknown) => T | undefined;
  /** `undefined`: this definition says more than the short form can. */
  readonly shorten: (value: T) => unknown;
}

export interface ElementOptions<T> {
  /** Name among the `$defs` of the schema, for an element that can hold itself. */
  readonly definition?: string;
  /** Order of child elements, and of attributes (`@policy`, `target@dev`), as libvirt writes them. Default: order of the fields. */
  readonly order?: string;
  /** Attributes and texts that can have one value only, so that the definition does not carry them. */
  readonly fixed?: Readonly<Record<string, string>>;
  /** What only XML must say: `target`, a child; `driver@name`, an attribute of a child that is there. */
  readonly xmlNeeds?: string;
  /** What libvirt has here and we not yet: locations, separated by spaces (see `laterFrom`). */
  readonly later?: string;
  readonly short?: ShortForm<T>;
  /** Makes definitions that mean the same equal: fills what other values imply. normalize(normalize(d)) = normalize(d). */
  readonly normalize?: (value: T) => T;
  /** Leaves out what `normalize` would fill again. */
  readonly abbreviate?: (value: T) => Partial<T>;
  /** Reads what says nothing that a definition could carry, so that it is not reported. */
  readonly reads?: (cursor: XmlCursor, path: string) => void;
  /** Shares its parent's element: the parent's codec reports what nobody asked for. */
  readonly inline?: boolean;
}

type AnyField = Field<unknown>;

/** The codec of an element from its table of fields. `element`: its name, for descriptions. */
export function elementCodec<T extends object>(
  element: string,
  shape: Shape<T>,
  options: ElementOptions<T> = {},
): ElementCodec<T> {
  // A shape is exact for T (see `Shape`); inside, fields are handled without knowing their types.
  const fields = Object.entries(shape) as unknown as readonly (readonly [string, AnyField])[];
  const names = fields.map(([name]) => name);
  const byName = new Map(fields);
  const later = laterFrom(options.later?.split(/\s+/) ?? []);
  const fixed = Object.entries(options.fixed ?? {}).map(([at, value]) => ({
    location: parseLocation(at),
    at,
    value,
  }));
  const needs = (options.xmlNeeds?.split(/\s+/) ?? []).map((at) => ({ at, location: parseLocation(at) }));
  const order = options.order?.split(/\s+/).filter((word) => word !== '') ?? [];
  const attributeOrder = order.filter((word) => word.includes('@')).map(parseLocation);
  const normalize = options.normalize ?? ((value: T) => value);

  function finish(found: Record<string, unknown>, path: string, decoding: Decoding): T | undefined {
    let complete = true;
    for (const [name, field] of fields) {
      if (!field.required || found[name] !== undefined) continue;
      complete = false;
      if (!decoding.problems.some((problem) => problem.path.startsWith(join(path, name)))) {
        decoding.report('missing-field', join(path, name), `${name} is missing`);
      }
    }
    return complete ? normalize(found as T) : undefined;
  }

  function objectSchema(definitions: SchemaDefinitions): JsonSchema {
    const properties: Record<string, JsonSchema> = {};
    for (const [name, field] of fields) {
      const schema = field.schema(definitions);
      properties[name] = { description: describe(element, field, options.inline === true), ...schema };
    }
    const requiredNames = fields.filter(([, field]) => field.required).map(([name]) => name);
    return {
      type: 'object',
      properties,
      ...(requiredNames.length === 0 ? {} : { required: requiredNames }),
      additionalProperties: false,
      ...laterComment(later),
    };
  }

  function schema(definitions: SchemaDefinitions): JsonSchema {
    const plain = objectSchema(definitions);
    return options.short === undefined ? plain : { anyOf: [options.short.schema, plain] };
  }

  return {
    later,
    schema: (definitions) => {
      const { definition } = options;
      if (definition === undefined) return schema(definitions);
      if (!definitions.has(definition)) {
        definitions.set(definition, {}); // known from here on, so that the element may hold itself
        definitions.set(definition, schema(definitions));
      }
      return { $ref: `#/$defs/${definition}` };
    },

    fromYaml: (value, path, decoding) => {
      const expanded = options.short?.expand(value);
      if (expanded !== undefined) return normalize(expanded);
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        decoding.report('wrong-type', path, `must be a map, not ${show(value)}`);
        return undefined;
      }
      const found: Record<string, unknown> = {};
      for (const [name, field] of fields) {
        if (!Object.hasOwn(value, name)) continue;
        const result = field.fromYaml((value as Record<string, unknown>)[name], join(path, name), decoding);
        if (result !== undefined) found[name] = result;
      }
      for (const name of Object.keys(value)) {
        if (byName.has(name)) continue;
        const meant = nearest(name, names);
        decoding.report(
          'unknown-field',
          join(path, name),
          `unknown field ${show(name)}`,
          meant && `did you mean ${meant}?`,
        );
      }
      return finish(found, path, decoding);
    },

    toYaml: (value) => {
      const whole = normalize(value);
      const short = options.short?.shorten(whole);
      if (short !== undefined) return short;
      const brief = (options.abbreviate === undefined ? whole : options.abbreviate(whole)) as Record<
        string,
        unknown
      >;
      const plain: Record<string, unknown> = {};
      for (const [name, field] of fields) {
        const item = brief[name];
        if (item !== undefined) plain[name] = field.toYaml(item);
      }
      return plain;
    },

    fromXml: (cursor, path) => {
      const { decoding } = cursor;
      if (options.inline !== true) decoding.positions.set(path, cursor.element.position);
      const found: Record<string, unknown> = {};
      for (const [name, field] of fields) {
        const result = field.fromXml(cursor, join(path, name));
        if (cursor.ignored) return undefined;
        if (result !== undefined) found[name] = result;
      }
      for (const { location, at, value } of fixed) {
        const given = cursor.value(location);
        if (given === undefined || given.text === value) continue;
        decoding.positions.set(`${path}/${at}`, given.position);
        decoding.report('not-supported', `${path}/${at}`, `must be ${show(value)}, not ${show(given.text)}`);
      }
      for (const { at, location } of needs) reportMissing(cursor, location, path, at);
      options.reads?.(cursor, path);
      if (options.inline !== true) cursor.finish(path, later);
      return finish(found, path, decoding);
    },

    toXml: (value, builder) => {
      const whole = normalize(value) as Record<string, unknown>;
      for (const [name, field] of fields) {
        const item = whole[name];
        if (item !== undefined) field.toXml(item, builder);
      }
      for (const { location, value: text } of fixed) {
        let holder: XmlBuilder | undefined = builder;
        for (const step of location.steps) holder = holder?.find(step);
        if (location.attribute === undefined) holder?.text(text);
        else holder?.leadingAttribute(location.attribute, text);
      }
      for (const { location } of needs) if (location.attribute === undefined) builder.descend(location.steps);
      if (order.length > 0) builder.order(order);
      for (const { steps, attribute } of attributeOrder) {
        let holder: XmlBuilder | undefined = builder;
        for (const step of steps) holder = holder?.find(step);
        if (attribute !== undefined) holder?.trailingAttribute(attribute);
      }
    },
  };
}

function reportMissing(cursor: XmlCursor, location: Location, path: string, at: string): void {
  const holder = cursor.descend(location.steps);
  const { attribute } = location;
  if (attribute === undefined ? holder !== undefined : holder === undefined || holder.attribute(attribute))
    return;
  const tag = `<${(holder ?? cursor).element.local}>`;
  cursor.decoding.positions.set(`${path}/${at}`, (holder ?? cursor).element.position);
  cursor.decoding.report(
    'missing-field',
    `${path}/${at}`,
    attribute === undefined ? `${tag} has no <${at}>` : `${tag} has no ${attribute}=`,
    'add it',
  );
}

function describe(element: string, field: AnyField, inline: boolean): string {
  const { at } = field;
  // Beside others in their parent, such fields may name their element themselves.
  const isNamed = inline && (at.startsWith(`${element}/`) || at.startsWith(`${element}@`));
  const place = at === '' || at === '.' ? '' : at.startsWith('@') ? at : `/${at}`;
  return `${field.about} XML: ${isNamed ? at : element + place}.`;
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
