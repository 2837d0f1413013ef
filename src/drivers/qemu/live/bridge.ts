import type { Interface } from '../../../model/domain-devices.ts';
import { moveTap } from '../taps.ts';
import type { LiveAct } from './contract.ts';
import { deviceOf } from './device-of.ts';
import { say } from './say.ts';

/** Moves the host's end of a card to another bridge, then lets the guest see its cable go out and in. */
export const bridge: LiveAct = async (work) => {
  const { monitor, after, signal } = work;
  const card = deviceOf<Interface>(after, work);
  await moveTap(card, after.spec.uuid ?? '', signal);
  if (card.link === 'down') return;
  for (const up of [false, true]) await say(monitor, 'set_link', { name: card.alias, up }, signal);
};
