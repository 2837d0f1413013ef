import type { Clock } from '../../host/clock.ts';
import type { ProcessIdentity } from '../../host/process-identity.ts';
import { signalProcess } from '../../host/processes.ts';
import type { DomainDef } from '../../model/domain.ts';
import { startHelper } from './helper-process.ts';
import { passtHelpers } from './passt.ts';
import { reservationsHelper } from './reservations-helper.ts';
import { tpmHelper } from './swtpm.ts';
import { shareHelpers } from './virtiofsd.ts';

/** Starts every process that must run before QEMU does. When one fails, none is left. */
export async function startHelpers(
  def: DomainDef,
  options: {
    readonly directory: string;
    readonly stateDir: string;
    readonly logFile: string;
    readonly clock: Clock;
  },
): Promise<readonly ProcessIdentity[]> {
  const started: ProcessIdentity[] = [];
  try {
    const tpm = await tpmHelper(def, options);
    const reservations = reservationsHelper(def, options.directory);
    for (const helper of [
      tpm,
      reservations,
      ...shareHelpers(def, options.directory),
      ...passtHelpers(def, options.directory),
    ])
      if (helper !== undefined) started.push(await startHelper(helper, options));
    return started;
  } catch (error) {
    for (const helper of started) await signalProcess(helper, 'SIGTERM');
    throw error;
  }
}
