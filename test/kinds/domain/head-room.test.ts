import { expect, test } from 'vitest';
import { baselineCapabilities } from '../../../src/kinds/domain/baseline-capabilities.ts';
import { completeDomain } from '../../../src/kinds/domain/complete.ts';
import { headRoomProblems } from '../../../src/kinds/domain/head-room.ts';
import { validateDomain } from '../../../src/kinds/domain/validate.ts';
import { fromYaml } from '../../support/decode-domain.ts';

function hintsFor(spec: string) {
  const { def, problems } = fromYaml(spec);
  expect([...problems, ...(def ? validateDomain(def) : [])]).toEqual([]);
  if (def === undefined) throw new Error('nothing was decoded');
  return headRoomProblems(completeDomain(def, undefined, baselineCapabilities));
}
const pathsFor = (spec: string) => hintsFor(spec).map(({ path }) => path);
const roomy = `memory: 1GiB
vcpus: {maximum: 4, current: 2}
maxMemory: {size: 4GiB, slots: 2}
cpu: {numa: {cells: [{cpus: 0-3, memory: 1GiB}]}}
`;

test('a machine with spare vCPUs, memory slots and a port needs no hint', () => {
  expect(pathsFor(roomy)).toEqual([]);
});

test('what it says, once written, leaves nothing to say', () => {
  const hints = hintsFor('memory: 3GiB\nvcpus: 3\n');
  expect(hints.map(({ path }) => path)).toEqual(['spec.vcpus', 'spec.memory']);
  const lines = hints.flatMap(({ suggestion = '' }) =>
    suggestion.replace('to keep room: ', '').split(', and '),
  );
  expect(lines).toHaveLength(3);
  // The cell holds the vCPUs that there were; it grows with them.
  const written = lines.join('\n').replace('0-2', '0-5');
  expect(pathsFor(`memory: 3GiB\n${written}\n`)).toEqual([]);
});

test('ports that were given and are all taken are told, and one more is enough', () => {
  const ports = (count: number) =>
    `${roomy}os: {machine: q35}\ndevices: {controllers: [{type: pci, index: ${count}, model: pcie-root-port}]}\n`;
  const enough = [1, 2, 3, 4, 5, 6, 7, 8].find((count) => pathsFor(ports(count)).length === 0);
  expect(enough).toBeGreaterThan(1);
  const [hint] = hintsFor(ports((enough ?? 1) - 1));
  expect(hint?.path).toBe('spec.devices.controllers');
  expect(hint?.suggestion).toContain(`index: ${enough}`);
});

test('a machine without PCI Express has slots, not ports', () => {
  expect(pathsFor(`${roomy}os: {machine: pc}\n`)).toEqual([]);
});
