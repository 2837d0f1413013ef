import { remove } from '../../../host/files.ts';
import { findDevice } from '../../../kinds/domain/impact/with-device.ts';
import { Failure } from '../../../model/failure.ts';
import { removeTaps } from '../taps.ts';
import { onlyDevice } from './attach.ts';
import type { LiveAct } from './contract.ts';
import { describeDevice } from './describe-device.ts';
import { takeAway } from './say.ts';
import { isPlugged, unplug } from './unplug.ts';

/** Takes a device out: first the guest lets go, then its backends go from the top down. */
export const detach: LiveAct = async (work) => {
  const { session, monitor, before, device, deps, signal } = work;
  if (device === undefined) throw new Failure('internal', 'which device?');
  const { alias } = device;
  await unplug(session, monitor, alias, async () => !(await isPlugged(monitor, alias, signal)), work);
  // It may be gone already, and be known from the record alone.
  const known = findDevice(before, device) ? before : session.record.running;
  if (!findDevice(known, device)) return;
  const { parts, files } = await describeDevice(known, device, deps, session.directory);
  for (const part of parts.toReversed()) await takeAway(monitor, part, signal);
  for (const { path } of files) await remove(path);
  await removeTaps(onlyDevice(known, work));
};
