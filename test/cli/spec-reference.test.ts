import { expect, test } from 'vitest';
import { specReference } from '../../src/cli/spec-reference.ts';
import { domainSchema } from '../../src/kinds/domain/schema.ts';
import { policySchema } from '../../src/policy/decode.ts';

const page = specReference({ kind: 'Domain', schema: domainSchema });

function row(path: string): readonly string[] {
  const line = page.split('\n').find((one) => one.startsWith(`| \`${path}\` |`)) ?? '';
  return line.split(' | ').slice(1);
}

test('a field stands beside its place in libvirt’s XML', () => {
  expect(row('spec.devices.disks[].errorPolicy')[1]).toBe('`disk/driver@error_policy`');
  expect(row('spec.devices.disks[].network.readahead')[1]).toBe('`source/readahead@size`');
});

test('words of libvirt that are refused stand with what they belong to, and the QEMU that they need', () => {
  expect(row('spec.devices.disks')[2]).toContain('`driver/iothreads` (QEMU 9.0)');
  expect(row('spec.devices.disks[].bus')[2]).toContain('refused here: `xen`');
  expect(row('spec')[2]).toContain('`bootloader`');
});

test('what is referred to from many places has one table of its own', () => {
  expect(row('spec.devices.disks[].address')[0]).toBe('[DeviceAddress](#deviceaddress)');
  expect(page.split('\n## ')).toHaveLength(3);
  expect(row('iobase')[1]).toBe('`address@iobase`');
});

test('a kind that has no XML has no column for it', () => {
  expect(specReference({ kind: 'Policy', schema: policySchema() })).toContain('| path | takes | meaning |');
});
