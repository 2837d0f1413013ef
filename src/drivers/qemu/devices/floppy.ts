import type { Disk } from '../../../model/domain-devices.ts';
import { inTargetOrder } from '../command-line/boot-order.ts';
import type { DeviceBuild } from './contract.ts';

/** A floppy drive. Its boot index is the controller's, which q35 gets with the first drive. */
export function buildFloppy(disk: Disk, drive: string | undefined, { args, view }: DeviceBuild): void {
  const drives = inTargetOrder(view.spec.devices?.disks ?? []).filter(({ bus }) => bus === 'fdc');
  if (drives[0] === disk) {
    const indexes = drives.flatMap((floppy) => {
      const index = view.bootIndex(floppy.alias);
      return index === undefined
        ? []
        : [[unitOf(floppy) === 0 ? 'bootindexA' : 'bootindexB', index] as const];
    });
    if (view.isQ35) args.device('isa-fdc', Object.fromEntries(indexes));
    else for (const [name, index] of indexes) args.add('-global', `isa-fdc.${name}=${index}`);
  }
  args.device('floppy', { unit: unitOf(disk), drive, id: disk.alias });
}

function unitOf({ address }: Disk): number {
  return address?.type === 'drive' ? (address.unit ?? 0) : 0;
}
