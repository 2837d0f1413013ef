import { expect, test } from 'vitest';
import { asWritten } from '../../src/cli/as-written.ts';

test.each([
  ['spec.memory', 2 ** 31, '2GiB'],
  ['spec.memory', 2 ** 31 + 1, 2 ** 31 + 1],
  ['spec.vcpus.maximum', 1024, 1024],
  ['spec.devices.memories[m.0].requestedSize', 2 ** 27, '128MiB'],
  ['spec.devices.memories[m]', { size: 2 ** 20, node: 1024 }, { size: '1MiB', node: 1024 }],
  ['spec.maxMemory', { size: 2 ** 30, slots: 4096 }, { size: '1GiB', slots: 4096 }],
  ['spec.devices.interfaces[a].link', 'down', 'down'],
  ['state', undefined, undefined],
])('%s %j is shown as %j', (path, value, shown) => {
  expect(asWritten('Domain', path, value)).toEqual(shown);
});

test('also of other kinds', () => {
  expect(asWritten('Volume', 'spec.capacity', 3 * 2 ** 40)).toBe('3TiB');
});
