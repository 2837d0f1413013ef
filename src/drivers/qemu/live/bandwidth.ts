import type { Interface } from '../../../model/domain-devices.ts';
import { clearBandwidth, setBandwidth } from '../bandwidth.ts';
import { tapName } from '../taps.ts';
import type { LiveAct } from './contract.ts';
import { deviceOf } from './device-of.ts';

/** Limits of a card's traffic at the host's end; what they were comes back when the new ones cannot be had. */
export const bandwidth: LiveAct = async (work) => {
  const { before, after, signal } = work;
  const card = deviceOf<Interface>(after, work);
  const { alias = '', target = tapName(after.spec.uuid ?? '', alias) } = card;
  await clearBandwidth(target, signal);
  try {
    await setBandwidth(card, target, signal);
  } catch (error) {
    await clearBandwidth(target, signal);
    await setBandwidth(deviceOf<Interface>(before, work), target, signal);
    throw error;
  }
};
