import type { Impact } from '../../../model/plan.ts';
import { type ImpactRow, impactTable } from './table.ts';

const rows = new Map(impactTable.map((row) => [row.path, row]));

/** `spec.devices.disks[root].iotune.totalBytesSec` → `spec.devices.disks.iotune.totalBytesSec` */
function pattern(path: string): string {
  return path.replace(/\[[^\]]*\]/g, '');
}

/** The row that decides about a path: its own, else the nearest one above that takes in all below. */
export function impactRow(path: string): ImpactRow | undefined {
  const plain = pattern(path);
  const own = rows.get(plain) ?? rows.get(`${plain}.*`);
  for (let at = plain.length, row = own; ; ) {
    if (row !== undefined) return row;
    at = plain.lastIndexOf('.', at - 1);
    if (at < 0) return undefined;
    row = rows.get(`${plain.slice(0, at)}.*`);
  }
}

/** What changing this path does to a running guest, where its condition holds. */
export function domainImpact(path: string): Impact {
  return impactRow(path)?.impact ?? 'restart';
}
