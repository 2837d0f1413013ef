import { expect, test } from 'vitest';
import { limitsOf } from '../../../../src/drivers/qemu/tuning/limits.ts';
import { tooHeavy } from '../../../../src/drivers/qemu/tuning/too-heavy.ts';
import type { DomainSpec } from '../../../../src/model/domain.ts';

function problems(version: 1 | 2, spec: Partial<DomainSpec>): (string | undefined)[] {
  const facts = { vcpus: [], iothreads: [], device: () => '8:0' };
  return limitsOf({ memory: 1, ...spec }, facts).map((limit) => tooHeavy(limit, version));
}

test('a weight is as heavy as the version of the host takes it', () => {
  const weights = (weight: number) => ({ blkiotune: { weight, devices: [{ path: '/dev/sda', weight }] } });
  expect(problems(1, weights(1000))).toEqual([undefined, undefined]);
  expect(problems(1, weights(1001))).toEqual(Array(2).fill(expect.stringContaining('at most 1000')));
  expect(problems(2, weights(10_000))).toEqual([undefined, undefined]);
  expect(problems(2, weights(10_001))).toEqual(Array(2).fill(expect.stringContaining('at most 10000')));
  expect(problems(2, { cputune: { shares: 20_000 } })[0]).toContain('20000 is too much');
  expect(problems(1, { cputune: { shares: 20_000 } })[0]).toBeUndefined();
});
