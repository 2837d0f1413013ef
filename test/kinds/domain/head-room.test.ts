import { expect, test } from 'vitest';
import { baselineCapabilities } from '../../../src/kinds/domain/baseline-capabilities.ts';
import { completeDomain } from '../../../src/kinds/domain/complete.ts';
import { headRoomProblems } from '../../../src/kinds/domain/head-room.ts';
import { fromYaml } from '../../support/decode-domain.ts';

function hintsFor(spec: string) {
  const { def, problems } = fromYaml(spec);
  if (def === undefined) throw new Error(JSON.stringify(problems));
  return headRoomProblems(completeDomain(def, undefined, baselineCapabilities));
}
const pathsFor = (spec: string) => hintsFor(spec).map(({ path }) => path);
const roomy = 'vcpus: {maximum: 4, current: 2}\nmaxMemory: {size: 4GiB, slots: 2}\nmemory: 1GiB\n';

test('a machine with spare vCPUs, memory slots and a port needs no hint', () => {
  expect(pathsFor(roomy)).toEqual([]);
});

test('what it says, once written, leaves nothing to say', () => {
  expect(hintsFor('memory: 3GiB\nvcpus: 3\n').map(({ path, suggestion }) => [path, suggestion])).toEqual([
    ['spec.vcpus', 'to keep room: vcpus: {maximum: 6, current: 3}'],
    ['spec.memory', 'to keep room: maxMemory: {size: 6GiB, slots: 4}'],
  ]);
  const written = 'memory: 3GiB\nvcpus: {maximum: 6, current: 3}\nmaxMemory: {size: 6GiB, slots: 4}\n';
  expect(pathsFor(written)).toEqual([]);
});

test('ports that were given and are all taken are told, and one more is enough', () => {
  const ports = (count: number) =>
    `${roomy}os: {machine: q35}\ndevices: {controllers: [{type: pci, index: ${count}, model: pcie-root-port}]}\n`;
  const enough = [1, 2, 3, 4, 5, 6, 7, 8].find((count) => pathsFor(ports(count)).length === 0);
  expect(enough).toBeGreaterThan(1);
  expect(pathsFor(ports((enough ?? 1) - 1))).toEqual(['spec.devices.controllers']);
});

test('a machine without PCI Express has slots, not ports', () => {
  expect(pathsFor(`${roomy}os: {machine: pc}\n`)).toEqual([]);
});
