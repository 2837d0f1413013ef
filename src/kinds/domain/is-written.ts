import type { Disk } from '../../model/domain-devices.ts';

/** What the guest writes to it stays in its image. */
export function isWritten({
  readonly,
  transient,
  device = 'disk',
}: Pick<Disk, 'readonly' | 'transient' | 'device'>): boolean {
  return !readonly && !transient && device === 'disk';
}
