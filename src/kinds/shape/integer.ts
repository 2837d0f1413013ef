import type { Field } from './field.ts';
import { scalar } from './scalar.ts';

export interface IntegerRules {
  readonly minimum?: number;
  readonly maximum?: number;
  /** XML: `0x` and this many digits. libvirt reads decimal as well, and so do we. */
  readonly hexDigits?: number;
  readonly capitals?: boolean;
}

/** A whole number that a double holds exactly. */
export function integer(at: string, about: string, rules: IntegerRules = {}): Field<number> {
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER, hexDigits, capitals } = rules;
  const range = maximum === Number.MAX_SAFE_INTEGER ? `${minimum} or more` : `from ${minimum} to ${maximum}`;
  return scalar<number>(at, about, {
    schema: { type: 'integer', minimum, maximum },
    expected: `a whole number, ${range}`,
    read: (value) => {
      const number = typeof value === 'string' ? parse(value) : value;
      if (typeof number !== 'number' || !Number.isSafeInteger(number)) return undefined;
      if (number >= minimum && number <= maximum) return number;
      return { code: 'invalid-value', message: `must be a whole number, ${range}, not ${number}` };
    },
    plain: (value) => value,
    print: (value) => {
      if (hexDigits === undefined) return String(value);
      const digits = value.toString(16).padStart(hexDigits, '0');
      return `0x${capitals ? digits.toUpperCase() : digits}`;
    },
  });
}

/** A number that libvirt's XML shows in hexadecimal. */
export function hex(at: string, about: string, digits: number, maximum = 16 ** digits - 1): Field<number> {
  return integer(at, about, { hexDigits: digits, maximum });
}

function parse(text: string): number | undefined {
  return /^\s*(?:[+-]?\d+|0[xX][0-9a-fA-F]+)\s*$/.test(text) ? Number(text) : undefined;
}
