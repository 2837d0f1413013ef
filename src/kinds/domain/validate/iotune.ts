import type { Iotune } from '../../../model/domain-devices.ts';
import type { Report } from './report.ts';

const groups = ['BytesSec', 'IopsSec', 'BytesSecMax', 'IopsSecMax'] as const;

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
}
