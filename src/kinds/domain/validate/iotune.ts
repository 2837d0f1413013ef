import type { Disk, Iotune } from '../../../model/domain-devices.ts';
import type { Report } from './report.ts';

const groups = ['BytesSec', 'IopsSec', 'BytesSecMax', 'IopsSecMax'] as const;

/** The most that QEMU counts to. */
const largest = 1_000_000_000_000_000;

/** A limit is either for all requests or for reads and writes apart. */
export function checkIotune(iotune: Iotune, path: string, report: Report): void {
  for (const group of groups) {
    const total = `total${group}` as const;
    const parts = ([`read${group}`, `write${group}`] as const).filter((part) => (iotune[part] ?? 0) > 0);
    if ((iotune[total] ?? 0) > 0 && parts.length > 0)
      report(
        'conflicting-options',
        `${path}.${total}`,
        `${total} and ${parts.join(', ')} cannot be set together`,
        'keep one of the two',
      );
  }
  for (const [field, value] of Object.entries(iotune))
    if (typeof value === 'number' && value > largest)
      report('invalid-value', `${path}.${field}`, `at most ${largest}, not ${value}`, 'use 0 for no limit');
  if (iotune.groupName !== undefined && limitsOf(iotune) === '')
    report('missing-field', `${path}.groupName`, 'a group without any limit does nothing', 'add a limit');
}

/** Disks of one group have one set of limits. */
export function checkIotuneGroups(disks: readonly Disk[], report: Report): void {
  const first = new Map<string, string>();
  disks.forEach(({ iotune }, index) => {
    if (iotune?.groupName === undefined) return;
    const limits = limitsOf(iotune);
    const other = first.get(iotune.groupName);
    if (other !== undefined && other !== limits)
      report(
        'conflicting-options',
        `spec.devices.disks[${index}].iotune.groupName`,
        `another disk of group ${iotune.groupName} has other limits`,
        'give all disks of the group the same',
      );
    else first.set(iotune.groupName, limits);
  });
}

function limitsOf(iotune: Iotune): string {
  return Object.entries(iotune)
    .filter(([field, value]) => field !== 'groupName' && value !== 0)
    .map(([field, value]) => `${field}=${value}`)
    .sort()
    .join();
}
