import { describe, expect, test } from 'vitest';
import { count, flag, impact, milliseconds, optionalText, readInput, text } from '../../src/api/input.ts';

const shape = {
  name: text(8),
  reason: optionalText(8),
  force: flag(),
  limit: count(100, 1_000),
  timeout: milliseconds(5_000),
  most: impact(),
};
const read = (given: unknown) => readInput('stop', shape, given);

test('what is left out has its default', () => {
  expect(read({ name: 'a' })).toEqual({
    name: 'a',
    reason: undefined,
    force: false,
    limit: 100,
    timeout: 5_000,
    most: undefined,
  });
});

test('what is there is taken over', () => {
  const given = { name: 'a', reason: 'r', force: true, limit: 0, timeout: 0.5, most: 'live' };
  expect(read(given)).toEqual(given);
});

describe('refused by name is', () => {
  test.each<[string, unknown, RegExp]>([
    ['a missing field', {}, /name is missing/],
    ['an empty text', { name: '' }, /name is a text/],
    ['a text that is too long', { name: '123456789' }, /name is a text of 1 to 8/],
    ['a number for a text', { name: 1 }, /name is a text/],
    ['a text for a switch', { name: 'a', force: 'yes' }, /force is true or false/],
    ['a fraction for a count', { name: 'a', limit: 1.5 }, /limit is a whole number/],
    ['a negative count', { name: 'a', limit: -1 }, /limit is a whole number/],
    ['a count that is too large', { name: 'a', limit: 1_001 }, /limit is a whole number/],
    ['a wait for ever', { name: 'a', timeout: 1e12 }, /timeout is milliseconds/],
    ['a null', { name: null }, /name is a text/],
    ['a word out of no list', { name: 'a', most: 'terrible' }, /most is one of none, live/],
    ['a field that nobody knows', { name: 'a', forse: true }, /takes no forse/],
    ['a list', [], /not an object/],
    ['nothing', null, /not an object/],
    ['a text', 'a', /not an object/],
    ['an inherited field', JSON.parse('{"__proto__": {"name": "a"}}'), /takes no __proto__/],
  ])('%s', (_, given, words) => {
    expect(() => read(given)).toThrow(words);
  });

  test('with the nearest name', () => {
    expect(() => read({ name: 'a', forse: true })).toThrow(
      expect.objectContaining({ code: 'refused', retry: 'never', suggestion: 'did you mean force?' }),
    );
  });
});
