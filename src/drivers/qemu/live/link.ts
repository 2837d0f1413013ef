import type { Interface } from '../../../model/domain-devices.ts';
import type { LiveAct } from './contract.ts';
import { deviceOf } from './device-of.ts';
import { say } from './say.ts';

/** The cable of a network card, in or out. */
export const link: LiveAct = async (work) => {
  const { link: wanted = 'up', alias } = deviceOf<Interface>(work.after, work);
  await say(work.monitor, 'set_link', { name: alias, up: wanted === 'up' }, work.signal);
};
