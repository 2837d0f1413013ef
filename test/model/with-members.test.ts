import { expect, test } from 'vitest';
import { withMembers } from '../../src/model/with-members.ts';

test('is the copy that a spread makes: same members, same order, and the value stays as it is', () => {
  const value = Object.freeze({ a: 1, b: { c: 2 } });
  const copy = withMembers(value, { d: 3, a: 4 });
  expect(JSON.stringify(copy)).toBe(JSON.stringify({ ...value, d: 3, a: 4 }));
  expect(copy.b).toBe(value.b);
  expect(value).toEqual({ a: 1, b: { c: 2 } });
});
