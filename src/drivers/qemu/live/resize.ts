import type { MemoryDevice } from '../../../model/domain-devices.ts';
import { Failure } from '../../../model/failure.ts';
import type { LiveAct, LiveWork } from './contract.ts';
import { deviceOf } from './device-of.ts';
import { say } from './say.ts';

/** How long a guest may take to plug or give back what it is asked for. */
const patience = 15_000;
/** One that does not run cannot answer. */
const patienceWhilePaused = 500;

interface MemoryFact {
  readonly data: { readonly id?: string; readonly size?: number };
}

/** How much of a virtio-mem device the guest is to have. What it does not take, or not all of it, is taken back. */
export const resize: LiveAct = async (work) => {
  const { session, before, after, deps, wish, signal } = work;
  const { alias = '', requestedSize: wanted = 0 } = deviceOf<MemoryDevice>(after, work);
  await request(wanted, work);
  const runs = (await session.runState(signal)) === 'running';
  let size = await pluggedSize(alias, work);
  for (let left = runs ? patience : patienceWhilePaused; size !== wanted && left > 0; left -= 100) {
    wish.throwIfAborted();
    await deps.clock.sleep(100);
    size = await pluggedSize(alias, work);
  }
  if (size === wanted) return;
  await request(deviceOf<MemoryDevice>(before, work).requestedSize ?? 0, work);
  throw new Failure(
    'guest-did-not-accept',
    `the guest has ${size} bytes of ${alias} and does not come to ${wanted}: asked for as much as before`,
    {
      retry: { after: 30_000, growing: true },
      suggestion: runs
        ? 'is its virtio_mem driver loaded, and does it online memory by itself? a restart applies it as well'
        : 'the guest is paused: `qonverge unpause`',
    },
  );
};

async function request(value: number, { monitor, device, signal }: LiveWork): Promise<void> {
  const path = `/machine/peripheral/${device?.alias}`;
  await say(monitor, 'qom-set', { path, property: 'requested-size', value }, signal);
}

async function pluggedSize(alias: string, { monitor, signal }: LiveWork): Promise<number> {
  const facts = await say<MemoryFact[]>(monitor, 'query-memory-devices', undefined, signal);
  return facts.find(({ data }) => data.id === alias)?.data.size ?? 0;
}
