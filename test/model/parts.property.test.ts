import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Parts } from '../../src/model/parts.ts';

const leaf = fc.oneof(fc.constantFrom('pci', 'x', 0, 1, -0, true, null, undefined), fc.nat(3));
const tree = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, leaf, fc.array(tie('value'), { maxLength: 3 }), tie('map')),
  map: fc.dictionary(fc.constantFrom('a', 'b', 'type', 'address'), tie('value'), {
    maxKeys: 3,
    noNullPrototype: true,
  }),
})).value;

test('what was shared is what it was, to the order of its names', () => {
  fc.assert(
    fc.property(fc.array(tree, { maxLength: 20 }), (values) => {
      const parts = new Parts();
      const before = structuredClone(values);
      const shared = values.map((value) => parts.share(value));
      expect(shared).toStrictEqual(before);
      expect(JSON.stringify(shared)).toBe(JSON.stringify(before));
      // Nothing that comes later changes what was given out before.
      for (const value of structuredClone(before).reverse()) parts.share(value);
      expect(shared).toStrictEqual(before);
    }),
    { numRuns: 300 },
  );
});

test('equal parts in the same place are one object, and the part that differs is its own', () => {
  const parts = new Parts();
  const machine = (name: string) => ({
    name,
    os: { type: 'hvm' },
    disks: [{ file: name }, { bus: { slot: 1 } }],
  });
  const [a, b] = [parts.share(machine('a')), parts.share(machine('b'))];
  expect(b.os).toBe(a.os);
  expect(b.disks[1]).toBe(a.disks[1]);
  expect(b.disks[0]).toEqual({ file: 'b' });
  expect(parts.share(machine('a'))).toBe(a);
});

test('names that people choose without end are not kept', () => {
  const parts = new Parts();
  for (let at = 0; at < 10_000; at++) parts.share({ labels: { [`n${at}`]: { value: at } } });
  const last = parts.share({ labels: { n9999: { value: 9_999 } } });
  expect(last).toEqual({ labels: { n9999: { value: 9_999 } } });
});
