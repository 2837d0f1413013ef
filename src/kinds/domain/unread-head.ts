import type { DiskFormat } from '../../model/domain-devices.ts';
import type { Touched } from '../../model/touch.ts';

/** The head of such an image names other files of this host, and nobody here can read it before QEMU does. */
export function unreadHead({ format = 'raw' }: { readonly format?: DiskFormat }): readonly Touched[] {
  return format === 'raw' ? [] : [{ reach: 'resource', value: 'remote-formats' }];
}
