import { describe, expect, test } from 'vitest';
import { diff } from '../../src/kinds/diff.ts';

const paths = (current: unknown, desired: unknown) =>
  diff(current, desired).map(({ operation, path }) => `${operation} ${path}`);

describe('items of a list are the same', () => {
  test('when their names are', () => {
    const current = { disks: [{ name: 'root', cache: 'none' }, { name: 'data' }] };
    const desired = { disks: [{ name: 'data' }, { name: 'root', cache: 'writeback' }] };
    expect(diff(current, desired)).toEqual([
      { path: 'disks[root].cache', operation: 'replace', current: 'none', desired: 'writeback' },
    ]);
  });

  test('when their aliases are, among items of which only some have a name', () => {
    const current = [
      { name: 'root', alias: 'ua-root' },
      { alias: 'disk1', size: 1 },
    ];
    expect(paths(current, [{ alias: 'disk1', size: 2 }])).toEqual(['replace [disk1].size', 'remove [root]']);
  });

  test('when they stand at the same place and have nothing else', () => {
    expect(paths([{ mode: 'a' }], [{ mode: 'a' }, { mode: 'b' }])).toEqual(['add [1]']);
  });

  test('by place, when a name stands twice', () => {
    const twice = [
      { name: 'a', x: 1 },
      { name: 'a', x: 2 },
    ];
    expect(diff(twice, structuredClone(twice))).toEqual([]);
    expect(
      paths(twice, [
        { name: 'a', x: 1 },
        { name: 'a', x: 3 },
      ]),
    ).toEqual(['replace [1].x']);
  });
});

test('a list of plain values is one value', () => {
  expect(paths({ boot: ['hd', 'network'] }, { boot: ['network', 'hd'] })).toEqual(['replace boot']);
  expect(paths({ boot: ['hd'] }, { boot: ['hd'] })).toEqual([]);
});

test('keys that every object inherits are keys like others', () => {
  expect(paths({ labels: {} }, { labels: { constructor: 'x' } })).toEqual(['add labels.constructor']);
  expect(paths({ labels: { toString: 'x' } }, { labels: {} })).toEqual(['remove labels.toString']);
});

test('an absent key and an undefined one are equal', () => {
  expect(diff({ a: 1, b: undefined }, { a: 1 })).toEqual([]);
});
