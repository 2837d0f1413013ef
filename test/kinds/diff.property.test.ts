import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diff } from '../../src/kinds/diff.ts';

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<unknown>('a', 'b', 1, 2, true, null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('name', 'alias', 'x', 'y'), tie('value'), { maxKeys: 3 }),
  ),
})).value;

test('equal values have no difference, and a difference is never lost', () => {
  fc.assert(
    fc.property(plain, plain, (a, b) => {
      expect(diff(a, structuredClone(a))).toEqual([]);
      // Judged by text; a changed order of identified items is no difference.
      if (diff(a, b).length === 0) expect(sorted(a)).toBe(sorted(b));
    }),
    { numRuns: 2_000 },
  );
});

function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).sort().join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, member]) => `${key}:${sorted(member)}`).join()}}`;
}
