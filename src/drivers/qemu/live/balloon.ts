import type { Monitor } from '../../../qmp/monitor.ts';
import type { LiveAct } from './contract.ts';
import { say } from './say.ts';

/** A guest without a driver never moves: the target stands, and it gets there when it has one. */
const patience = 5_000;

/** Tells the guest how much memory to keep, and gives it a moment. It may take its time: it gives what it can spare. */
export const balloon: LiveAct = async ({ session, monitor, after, deps, wish, signal }) => {
  const value = after.spec.currentMemory ?? after.spec.memory;
  await say(monitor, 'balloon', { value }, signal);
  const runs = (await session.runState(signal)) === 'running';
  for (let left = runs ? patience : 0; left > 0 && !wish.aborted; left -= 100) {
    if ((await balloonSize(monitor, signal)) === value) break;
    await deps.clock.sleep(100);
  }
  session.balloonSeen = await balloonSize(monitor, signal);
};

export async function balloonSize(monitor: Monitor, signal?: AbortSignal): Promise<number> {
  return (await say<{ actual: number }>(monitor, 'query-balloon', undefined, signal)).actual;
}
