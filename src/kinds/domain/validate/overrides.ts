import type { DomainSpec } from '../../../model/domain.ts';
import type { PropertyOverride } from '../../../model/domain-qemu.ts';
import type { Report } from './report.ts';

/** Properties in QEMU's own words: each value must be what its type says. */
export function checkOverrides({ qemu }: DomainSpec, report: Report): void {
  qemu?.overrides?.forEach(({ frontend }, at) => {
    frontend.forEach((property, index) => {
      const path = `spec.qemu.overrides[${at}].frontend[${index}].value`;
      if (property.name === 'id')
        report(
          'conflicting-options',
          `spec.qemu.overrides[${at}].frontend[${index}].name`,
          'the id of a device stays as it is: others are plugged into it by that name',
          'override another property',
        );
      const problem = problemOf(property);
      if (problem === undefined) return;
      report(property.value === undefined ? 'missing-field' : 'invalid-value', path, ...problem);
    });
  });
}

type Known = Exclude<PropertyOverride['type'], 'remove'>;

const sorts: Readonly<Record<Known, readonly [is: (value: string) => boolean, expected: string]>> = {
  string: [() => true, 'text'],
  bool: [(value) => value === 'true' || value === 'false', 'true or false'],
  signed: [isWholeWithin(-(2n ** 63n), 2n ** 63n - 1n), 'a whole number of 64 bits'],
  unsigned: [isWholeWithin(0n, 2n ** 64n - 1n), 'a whole number of 64 bits, not below 0'],
};

function problemOf({
  type,
  value,
}: PropertyOverride): readonly [message: string, suggestion: string] | undefined {
  if (type === 'remove')
    return value === undefined ? undefined : ['a property that is removed has no value', 'leave value out'];
  const [is, expected] = sorts[type];
  if (value === undefined) return [`a property of type ${type} needs its value`, `write ${expected}`];
  return is(value) ? undefined : [`"${value}" is not ${type}`, `write ${expected}`];
}

function isWholeWithin(least: bigint, most: bigint): (value: string) => boolean {
  return (value) => /^-?\d{1,20}$/.test(value) && BigInt(value) >= least && BigInt(value) <= most;
}
