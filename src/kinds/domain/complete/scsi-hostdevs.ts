import type { DriveAddress } from '../../../model/domain-devices.ts';
import type { DeviceDrafts } from './draft.ts';

/** Units that libvirt looks through on one controller. */
const unitsOfController = 16;

/** A SCSI unit of the host takes the first free unit of the first controller that has one. Comes after the disks. */
export function assignScsiUnits(drafts: DeviceDrafts, inherited: ReadonlySet<object>): void {
  const wanted = drafts.hostdevs.filter(({ type }) => type === 'scsi');
  const taken = new Set<string>();
  const take = ({ controller = 0, bus = 0, target = 0, unit = 0 }: DriveAddress): boolean => {
    const seat = `${controller}-${bus}-${target}-${unit}`;
    if (taken.has(seat)) return false;
    taken.add(seat);
    return true;
  };
  for (const { bus, address } of drafts.disks) if (bus === 'scsi' && address?.type === 'drive') take(address);
  for (const device of wanted)
    if (device.address?.type === 'drive' && !inherited.has(device)) take(device.address);
  for (const device of wanted) {
    if (device.address !== undefined && !inherited.has(device)) continue;
    if (device.address?.type === 'drive' && take(device.address)) continue;
    device.address = freeUnit(take);
  }
}

function freeUnit(take: (seat: DriveAddress) => boolean): DriveAddress {
  for (let controller = 0; ; controller += 1)
    for (let unit = 0; unit < unitsOfController; unit += 1) {
      const seat: DriveAddress = { type: 'drive', controller, bus: 0, target: 0, unit };
      if (take(seat)) return seat;
    }
}
