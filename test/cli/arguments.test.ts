import { expect, test } from 'vitest';
import { commandFirst } from '../../src/cli/arguments.ts';

test('flags of every command may stand before it', () => {
  expect(commandFirst(['-c', 'test:///default', 'status', 'web'])).toEqual([
    'status',
    '-c',
    'test:///default',
    'web',
  ]);
  expect(commandFirst(['--state-dir=/x', '-v', 'apply', 'vms'])).toEqual([
    'apply',
    '--state-dir=/x',
    '-v',
    'vms',
  ]);
  expect(commandFirst(['status', '-o', 'json'])).toEqual(['status', '-o', 'json']);
});

test('without a command nothing moves', () => {
  expect(commandFirst(['--help'])).toEqual(['--help']);
  expect(commandFirst([])).toEqual([]);
});
