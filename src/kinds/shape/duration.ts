import type { Field } from './field.ts';
import { type Refusal, scalar } from './scalar.ts';

const milliseconds = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type TimeUnit = keyof typeof milliseconds;

/** A time in seconds. YAML: seconds or text with a unit (`5s`, `2m`); XML: the number of seconds. */
export function seconds(at: string, about: string): Field<number> {
  return duration(at, about, 's', 'Seconds');
}

/** A time in milliseconds. YAML: milliseconds or text with a unit (`500ms`, `2s`). */
export function millis(at: string, about: string): Field<number> {
  return duration(at, about, 'ms', 'Milliseconds');
}

function duration(at: string, about: string, base: 's' | 'ms', word: string): Field<number> {
  return scalar<number>(at, `${about} ${word}, or a number with a unit: 500ms, 5s, 2m, 1h.`, {
    schema: {
      anyOf: [
        { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
        { type: 'string', pattern: '^\\d+(ms|s|m|h|d)$', maxLength: 20 },
      ],
    },
    expected: 'a time: a whole number, or one with a unit like 5s',
    read: (value, form) => {
      if (typeof value === 'number') return checked(value);
      if (typeof value !== 'string') return undefined;
      if (form === 'xml' && /^\s*\d+\s*$/.test(value)) return checked(Number(value));
      const match = /^(\d+)(ms|s|m|h|d)$/.exec(value);
      if (match === null)
        return {
          code: 'invalid-value',
          message: `${JSON.stringify(value.slice(0, 40))} is not a time`,
          suggestion: 'write 5s, 2m or 1h',
        };
      return checked((Number(match[1]) * milliseconds[unitOf(match[2])]) / milliseconds[base]);
    },
    plain: (value) => format(value, base),
    print: String,
  });
}

function format(value: number, base: 's' | 'ms'): string {
  const units: readonly TimeUnit[] = ['h', 'm', 's'];
  const total = value * milliseconds[base];
  const unit = units.find((candidate) => total !== 0 && total % milliseconds[candidate] === 0);
  return unit === undefined ? `${value}${base}` : `${total / milliseconds[unit]}${unit}`;
}

function unitOf(text: string | undefined): TimeUnit {
  return text === 'ms' || text === 'm' || text === 'h' || text === 'd' ? text : 's';
}

function checked(value: number): number | Refusal {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  return { code: 'invalid-value', message: 'must be a whole number, 0 or more' };
}
