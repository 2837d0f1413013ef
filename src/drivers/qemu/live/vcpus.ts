import { Failure } from '../../../model/failure.ts';
import type { Monitor } from '../../../qmp/monitor.ts';
import { applyTuning } from '../tuning/apply-tuning.ts';
import type { LiveAct } from './contract.ts';
import { bring, say } from './say.ts';
import { unplug } from './unplug.ts';

/** Of QMP `query-hotpluggable-cpus`: a seat, and who sits there. QEMU lists the last one first. */
interface CpuSeat {
  readonly type: string;
  readonly props: Readonly<Record<string, number>>;
  readonly 'qom-path'?: string;
}

/** Plugs processors in and out until there are as many as wanted. The first one stays. */
export const vcpus: LiveAct = async ({ session, monitor, before, after, deps, wish, signal }) => {
  const wanted = after.spec.vcpus?.current ?? after.spec.vcpus?.maximum ?? 1;
  const seats = (await cpuSeats(monitor, signal)).toReversed();
  const taken = seats.filter((seat) => seat['qom-path'] !== undefined);
  for (const [at, { type, props, 'qom-path': path }] of seats.entries()) {
    if (path !== undefined || taken.length >= wanted) continue;
    taken.push({ type, props, 'qom-path': '' });
    const device = { driver: type, id: `vcpu${at}`, ...props };
    await bring(monitor, { command: 'device_add', arguments: device }, signal);
  }
  for (const { 'qom-path': path = '' } of taken.slice(wanted).toReversed()) {
    const gone = async () => !(await cpuSeats(monitor, signal)).some((seat) => seat['qom-path'] === path);
    await unplug(session, monitor, path, gone, { wish, signal });
  }
  const count = await countCpus(monitor, signal);
  if (count !== wanted) throw new Failure('qmp-error', `${count} vCPUs are plugged, not ${wanted}`);
  await applyTuning(session, { before, after, signal, runRecords: deps.runRecords });
};

export async function countCpus(monitor: Monitor, signal?: AbortSignal): Promise<number> {
  return (await cpuSeats(monitor, signal)).filter((seat) => seat['qom-path'] !== undefined).length;
}

function cpuSeats(monitor: Monitor, signal?: AbortSignal): Promise<readonly CpuSeat[]> {
  return say<CpuSeat[]>(monitor, 'query-hotpluggable-cpus', undefined, signal);
}
