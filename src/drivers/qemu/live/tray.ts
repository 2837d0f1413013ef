import type { Disk } from '../../../model/domain-devices.ts';
import { Failure } from '../../../model/failure.ts';
import type { LiveAct, LiveWork } from './contract.ts';
import { deviceOf } from './device-of.ts';
import { driveOf, queryDrives } from './query-drive.ts';
import { say } from './say.ts';

const patience = 5_000;

export const tray: LiveAct = async (work) => {
  const { tray: wanted } = deviceOf<Disk>(work.after, work);
  if (wanted === 'open') await openTray(work);
  else await say(work.monitor, 'blockdev-close-tray', { id: work.device?.alias }, work.signal);
};

/** Politely: a guest that has locked its drive is asked, and has some time. A drive without a tray has nothing to open. */
export async function openTray({ monitor, device, wish, signal, deps }: LiveWork): Promise<void> {
  const id = device?.alias ?? '';
  await say(monitor, 'blockdev-open-tray', { id }, signal);
  for (let left = patience; left > 0; left -= 100) {
    const drive = driveOf(await queryDrives(monitor, signal), id);
    if (drive === undefined || drive.tray_open !== false) return;
    wish.throwIfAborted();
    await deps.clock.sleep(100);
  }
  throw new Failure('guest-did-not-accept', `the guest keeps the drive ${id} locked`, {
    retry: { after: 30_000, growing: true },
    suggestion: 'unmount the medium in the guest',
  });
}
