import type { Interface } from '../../model/domain-devices.ts';

/** Its end on the host is a device that we make. */
export function hasTap({ type, managed }: Interface): boolean {
  return (type === 'bridge' || type === 'ethernet' || type === 'direct') && managed !== false;
}
