import type { Watchdog } from '../../../model/domain-devices.ts';
import type { DeviceBuild } from './contract.ts';

/** The iTCO watchdog is in the south bridge of q35: it only has to be let loose. */
export function buildWatchdog(watchdog: Watchdog, { view, args }: DeviceBuild, index = 0): void {
  const { model, action = 'reset' } = watchdog;
  if (model === 'itco') args.add('-global', 'ICH9-LPC.noreboot=off');
  else args.device(model, { id: watchdog.alias, ...view.place(watchdog) });
  // The dump is made of the paused guest.
  if (index === 0) args.add('-watchdog-action', action === 'dump' ? 'pause' : action);
}
