import type { Field } from './field.ts';
import { parseLocation } from './location.ts';

/** A number or size of which XML says 0 for none: then there is no value, and the default holds. */
export function orNone(field: Field<number>): Field<number> {
  const location = parseLocation(field.at);
  return {
    ...field,
    fromXml: (cursor, path) => {
      if (cursor.value(location)?.text.trim() !== '0') return field.fromXml(cursor, path);
      // The unit of nothing.
      if (location.attribute === undefined) cursor.descend(location.steps)?.attribute('unit');
      return undefined;
    },
  };
}
