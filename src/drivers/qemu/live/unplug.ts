import { Failure } from '../../../model/failure.ts';
import type { Monitor } from '../../../qmp/monitor.ts';
import type { Session } from '../session.ts';
import type { LiveWork } from './contract.ts';
import { refusesEject } from './refuses-eject.ts';
import { isAnswer, say, unless } from './say.ts';

/** How long a guest may take to let go of a device, and how often it is asked in that time. */
const patience = 15_000;
const askAgain = 4_000;
/** A guest that does not run cannot let go of anything; some devices need no guest for it. */
const patienceWhilePaused = 500;

/** Asked before, and the guest has not answered yet; or it went in this moment. */
const underWay = /already in the process|not found|pending/i;
/** The guest's ACPI, or there being none, knows no way to ask. */
const unable = /unplug request for not supported device type/;

/** Devices that are there by an id of ours. */
export async function isPlugged(monitor: Monitor, id: string, signal?: AbortSignal): Promise<boolean> {
  const found = await say<{ name: string }[]>(monitor, 'qom-list', { path: '/machine/peripheral' }, signal);
  return found.some(({ name }) => name === id);
}

/**
 * Asks for a device until it is gone: QEMU says so by DEVICE_DELETED, a guest that refuses by
 * DEVICE_UNPLUG_GUEST_ERROR or by ACPI's _OST, and one that is busy not at all. `id` may be a QOM path.
 */
export async function unplug(
  session: Session,
  monitor: Monitor,
  id: string,
  isGone: () => Promise<boolean>,
  { wish, signal }: Pick<LiveWork, 'wish' | 'signal'>,
): Promise<void> {
  if (await isGone()) return;
  const runs = (await session.runState(signal)) === 'running';
  const deadline = performance.now() + (runs ? patience : patienceWhilePaused);
  let refused = false;
  let wake: () => void = () => undefined;
  const unsubscribe = monitor.subscribe((event) => {
    if (refusesEject(event, id)) refused = true;
    else if (event.data['device'] !== id && event.data['path'] !== id) return;
    wake();
  });
  try {
    for (let asked = -askAgain; performance.now() < deadline && !refused; ) {
      wish.throwIfAborted();
      if (performance.now() - asked >= askAgain) {
        asked = performance.now();
        await say(monitor, 'device_del', { id }, signal).catch((error: unknown) => {
          if (isAnswer(error, unable)) refused = true;
          else unless(underWay, error);
        });
      }
      if (await isGone()) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 100);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      if (await isGone()) return;
    }
  } finally {
    unsubscribe();
  }
  throw new Failure(
    'guest-did-not-accept',
    refused ? `the guest refused to let go of ${id}` : `the guest did not let go of ${id} in time`,
    {
      retry: { after: 30_000, growing: true },
      suggestion: runs
        ? 'free it in the guest (unmount, close), or take the change back; a restart applies it as well'
        : 'the guest is paused: `qonverge unpause`',
    },
  );
}
