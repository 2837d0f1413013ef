import type { Watchdog } from '../../../model/domain-devices.ts';
import type { LiveAct } from './contract.ts';
import { deviceOf } from './device-of.ts';
import { say } from './say.ts';

/** What QEMU does when the guest hangs. The dump is made of the paused guest. */
export const watchdog: LiveAct = async (work) => {
  const { action = 'reset' } = deviceOf<Watchdog>(work.after, work);
  await say(work.monitor, 'set-action', { watchdog: action === 'dump' ? 'pause' : action }, work.signal);
};
