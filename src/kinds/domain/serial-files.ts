import type { DomainSpec } from '../../model/domain.ts';

export interface SerialFile {
  readonly path: string;
  /** QEMU writes on behind what stands there; otherwise it begins anew. */
  readonly append: boolean;
}

/** The files that hold what the guest says on its serial ports and consoles. */
export function serialFiles({ devices }: DomainSpec): readonly SerialFile[] {
  return [...(devices?.serials ?? []), ...(devices?.consoles ?? [])].flatMap((device) => [
    ...(device.type === 'file' && device.path !== undefined
      ? [{ path: device.path, append: device.append === true }]
      : []),
    ...(device.logFile === undefined ? [] : [{ path: device.logFile, append: device.logAppend === true }]),
  ]);
}
