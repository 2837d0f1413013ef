import type { Field } from './field.ts';
import { parseLocation } from './location.ts';

/** Where XML has a word for none, for a number or size 0: then there is no value, and the default holds. */
export function orNone<T>(field: Field<T>, none = '0'): Field<T> {
  const location = parseLocation(field.at);
  return {
    ...field,
    fromXml: (cursor, path) => {
      if (cursor.value(location)?.text.trim() !== none) return field.fromXml(cursor, path);
      // The unit of nothing.
      if (location.attribute === undefined) cursor.descend(location.steps)?.attribute('unit');
      return undefined;
    },
  };
}
