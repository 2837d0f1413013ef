import type { Disk } from '../../../model/domain-devices.ts';
import { throttleCommand } from '../devices/disk-throttle.ts';
import type { LiveAct } from './contract.ts';
import { deviceOf } from './device-of.ts';
import { say } from './say.ts';

/** The limits of a disk, all at once; none at all lifts them. */
export const throttle: LiveAct = async (work) => {
  const disk = deviceOf<Disk>(work.after, work);
  const { command, arguments: args } = throttleCommand(disk, disk.iotune ?? {});
  await say(work.monitor, command, args, work.signal);
};
