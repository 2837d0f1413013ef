import type { MemoryDevice } from '../../../model/domain-devices.ts';
import type { LiveAct } from './contract.ts';
import { deviceOf } from './device-of.ts';
import { say } from './say.ts';

/** How much of a virtio-mem device the guest is to have. It takes and gives as it can. */
export const resize: LiveAct = async (work) => {
  const { alias, requestedSize: value = 0 } = deviceOf<MemoryDevice>(work.after, work);
  const path = `/machine/peripheral/${alias}`;
  await say(work.monitor, 'qom-set', { path, property: 'requested-size', value }, work.signal);
};
