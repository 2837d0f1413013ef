import type { Decoding } from './decoding.ts';
import type { Field } from './field.ts';
import { parseLocation, xmlName } from './location.ts';
import { show } from './scalar.ts';

export interface StringMapRules {
  /** The name stands in this attribute; the value in `valueAt` (`.`: the element's text). */
  readonly nameAt: string;
  readonly valueAt: '.' | `@${string}`;
  /** Only these names. */
  readonly names?: readonly string[];
  readonly maxLength?: number;
}

type StringMap = Readonly<Record<string, string>>;

const printable = '^[\\P{Cc}\\t\\n\\r]*$';
const forbidden = new Set(['__proto__', 'constructor', 'prototype']);

/** Text by name: a map in YAML, one element per entry in XML. */
export function stringMap(at: string, about: string, rules: StringMapRules): Field<StringMap> {
  const slash = at.lastIndexOf('/');
  const { steps } = parseLocation(slash === -1 ? '' : at.slice(0, slash));
  const item = xmlName(at.slice(slash + 1));
  const { names, maxLength = 4096 } = rules;
  const value = { type: 'string', pattern: printable, maxLength };
  const allowed = new RegExp(printable, 'u');

  function check(name: string, text: string, path: string, decoding: Decoding): boolean {
    if (
      forbidden.has(name) ||
      name === '' ||
      name.length > 256 ||
      (names !== undefined && !names.includes(name))
    ) {
      const known = names === undefined ? '' : `; it can be ${names.join(', ')}`;
      decoding.report('unknown-field', path, `${show(name)} is no name here${known}`);
      return false;
    }
    if (allowed.test(text) && text.length <= maxLength) return true;
    decoding.report(
      'invalid-value',
      path,
      `must be text of at most ${maxLength} characters, without control characters`,
    );
    return false;
  }

  return {
    at,
    about,
    required: false,
    schema: () =>
      names === undefined
        ? { type: 'object', propertyNames: { minLength: 1, maxLength: 256 }, additionalProperties: value }
        : {
            type: 'object',
            properties: Object.fromEntries(names.map((name) => [name, value])),
            additionalProperties: false,
          },
    fromYaml: (map, path, decoding) => {
      if (typeof map !== 'object' || map === null || Array.isArray(map)) {
        decoding.report('wrong-type', path, `must be a map, not ${show(map)}`);
        return undefined;
      }
      const found: Record<string, string> = {};
      for (const [name, text] of Object.entries(map)) {
        const place = `${path}.${name}`;
        if (typeof text !== 'string') decoding.report('wrong-type', place, `must be text, not ${show(text)}`);
        else if (check(name, text, place, decoding)) found[name] = text;
      }
      return sorted(found);
    },
    toYaml: (map) => ({ ...map }),
    fromXml: (cursor, path) => {
      const found: Record<string, string> = {};
      for (const child of cursor.descend(steps)?.children(item) ?? []) {
        const name = child.attribute(rules.nameAt)?.value ?? '';
        const text = child.value(parseLocation(rules.valueAt))?.text ?? '';
        const place = `${path}.${name}`;
        cursor.decoding.positions.set(place, child.element.position);
        if (Object.hasOwn(found, name))
          cursor.decoding.report('xml-duplicate-element', place, `${show(name)} is given twice`);
        else if (check(name, text, place, cursor.decoding)) found[name] = text;
      }
      return sorted(found);
    },
    toXml: (map, builder) => {
      const entries = Object.entries(map);
      if (entries.length === 0) return;
      if (names !== undefined) entries.sort(([a], [b]) => names.indexOf(a) - names.indexOf(b));
      const holder = builder.descend(steps);
      for (const [name, text] of entries) {
        const child = holder.append(item);
        child.attribute(rules.nameAt, name);
        if (rules.valueAt === '.') child.text(text);
        else child.attribute(rules.valueAt.slice(1), text);
      }
    },
  };
}

/** In the order of the names, so that equal maps look equal; none when empty. */
function sorted(map: Record<string, string>): StringMap | undefined {
  const entries = Object.entries(map).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
