import { formatNumberSet, parseNumberSet } from '../../model/number-set.ts';
import type { Field } from './field.ts';
import { scalar, show } from './scalar.ts';

/** A list of CPUs or nodes as libvirt writes it: `0-3,^2`. Kept in its shortest form; never empty. */
export function numberSet(at: string, about: string): Field<string> {
  return scalar<string>(at, about, {
    schema: { type: 'string', pattern: '^[0-9,^\\s-]+$', maxLength: 4096 },
    expected: 'a list of numbers like 0-3,^2',
    read: (value) => {
      if (typeof value !== 'string') return undefined;
      const numbers = parseNumberSet(value);
      if (numbers !== undefined && numbers.length > 0) return formatNumberSet(numbers);
      const message =
        numbers === undefined ? `${show(value)} is no list of numbers` : `${show(value)} names nothing`;
      return { code: 'invalid-value', message, suggestion: 'write it as 0-3,^2,8' };
    },
    plain: (value) => value,
    print: (value) => value,
  });
}
