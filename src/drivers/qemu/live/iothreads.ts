import type { Monitor } from '../../../qmp/monitor.ts';
import { applyTuning } from '../tuning/apply-tuning.ts';
import type { LiveAct } from './contract.ts';
import { bring, say, takeAway } from './say.ts';

/** As many I/O threads as wanted; they are numbered from one. */
export const iothreads: LiveAct = async ({ session, monitor, before, after, deps, signal }) => {
  const wanted = after.spec.iothreads ?? 0;
  const thread = (at: number) => ({
    command: 'object-add',
    arguments: { 'qom-type': 'iothread', id: `iothread${at}` },
  });
  for (let at = 1; at <= wanted; at += 1) await bring(monitor, thread(at), signal);
  const highest = Math.max(0, ...(await iothreadNumbers(monitor, signal)));
  for (let at = highest; at > wanted; at -= 1) await takeAway(monitor, thread(at), signal);
  await applyTuning(session, { before, after, signal, runRecords: deps.runRecords });
};

export async function iothreadNumbers(monitor: Monitor, signal?: AbortSignal): Promise<readonly number[]> {
  const threads = await say<{ id: string }[]>(monitor, 'query-iothreads', undefined, signal);
  return threads.flatMap(({ id }) => (/^iothread\d+$/.test(id) ? [Number(id.slice(8))] : []));
}
