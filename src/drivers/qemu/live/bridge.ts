import type { Interface } from '../../../model/domain-devices.ts';
import { moveTap } from '../taps.ts';
import type { LiveAct } from './contract.ts';
import { deviceOf } from './device-of.ts';
import { say } from './say.ts';

/** How long the cable is out: a guest that looks only now and then has to notice. */
const unplugged = 1_000;
/** As QEMU does it after a migration. */
const announcement = { initial: 50, max: 550, rounds: 5, step: 100 };

/**
 * Moves the host's end of a card to another bridge, then lets the guest see its cable go out and in, and the new bridge
 * learn where the guest is.
 */
export const bridge: LiveAct = async (work) => {
  const { session, monitor, after, deps, signal } = work;
  const card = deviceOf<Interface>(after, work);
  await moveTap(card, after.spec.uuid ?? '', signal);
  if (card.link === 'down') return;
  await say(monitor, 'set_link', { name: card.alias, up: false }, signal);
  if ((await session.runState(signal)) === 'running') await deps.clock.sleep(unplugged);
  await say(monitor, 'set_link', { name: card.alias, up: true }, signal);
  await say(monitor, 'announce-self', { ...announcement, interfaces: [card.alias] }, signal);
};
