import type { Field } from './field.ts';
import { scalar } from './scalar.ts';

export interface TextRules {
  readonly maxLength?: number;
  /** A regular expression that the whole text must match. */
  readonly pattern?: string;
  /** What the pattern means, after "must be". */
  readonly expected?: string;
  /** Line breaks and tabs are allowed. */
  readonly multiline?: boolean;
  /** One form of several that mean the same. */
  readonly canonical?: (text: string) => string;
}

const oneLine = '^\\P{Cc}*$';
const manyLines = '^[\\P{Cc}\\t\\n\\r]*$';

/** Text without control characters. */
export function text(at: string, about: string, rules: TextRules = {}): Field<string> {
  const pattern = rules.pattern ?? (rules.multiline === true ? manyLines : oneLine);
  const maxLength = rules.maxLength ?? (rules.multiline === true ? 65_536 : 4096);
  const allowed = new RegExp(pattern, 'u');
  const expected = rules.expected ?? 'text without control characters';
  return scalar<string>(at, about, {
    schema: { type: 'string', pattern, maxLength },
    expected: 'text',
    read: (value) => {
      if (typeof value !== 'string') return undefined;
      if (value.length > maxLength) {
        return { code: 'invalid-value', message: `must not be longer than ${maxLength} characters` };
      }
      if (!allowed.test(value)) {
        return {
          code: 'invalid-value',
          message: `must be ${expected}, not ${JSON.stringify(value.slice(0, 60))}`,
        };
      }
      return rules.canonical === undefined ? value : rules.canonical(value);
    },
    plain: (value) => value,
    print: (value) => value,
  });
}

/**
 * A path as libvirt takes it: one that does not begin with a slash is kept, for whoever starts the machine to judge.
 */
export function loosePath(at: string, about: string): Field<string> {
  return text(at, about, {
    maxLength: 1024,
    pattern: '^(?!\\.{1,2}(/|$))(?:(?!/\\.{1,2}(/|$))\\P{Cc})+$',
    expected: 'a path without . and ..',
  });
}

/** An absolute path of this host, without `.` and `..` in it. */
export function path(at: string, about: string): Field<string> {
  return text(at, about, {
    maxLength: 1024,
    pattern: '^/(?!\\.{1,2}(/|$))(?:(?!/\\.{1,2}(/|$))\\P{Cc})*$',
    expected: 'an absolute path without . and ..',
  });
}
