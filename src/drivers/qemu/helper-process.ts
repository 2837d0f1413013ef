import type { Clock } from '../../host/clock.ts';
import { exists } from '../../host/files.ts';
import { findProgram } from '../../host/find-program.ts';
import { identify, type ProcessIdentity } from '../../host/process-identity.ts';
import { spawnDetached } from '../../host/processes.ts';
import { Failure } from '../../model/failure.ts';

/** A process beside QEMU, which talks to it over a socket. */
export interface Helper {
  /** Name to look for, or paths. */
  readonly program: string | readonly string[];
  readonly args: readonly string[];
  /** It is up when this is there. */
  readonly socket: string;
  /** Where it stands: what it names relative to that may be moved. */
  readonly cwd?: string;
  /** Debian's package of it. */
  readonly package: string;
}

/** Starts a helper and waits until it listens. */
export async function startHelper(
  helper: Helper,
  options: { readonly logFile: string; readonly clock: Clock },
): Promise<ProcessIdentity> {
  const names = [helper.program].flat();
  let found: string | undefined;
  for (const name of names) found ??= await findProgram(name);
  if (found === undefined)
    throw new Failure('helper-failed', `${names[0]} is not installed`, {
      retry: { after: 60_000 },
      suggestion: `apt-get install ${helper.package}`,
    });
  const { pid, exited } = await spawnDetached(found, [...helper.args], {
    logFile: options.logFile,
    ...(helper.cwd === undefined ? {} : { cwd: helper.cwd }),
  });
  let ended = false;
  exited.then(() => {
    ended = true;
  });
  for (let waited = 0; waited < 5_000 && !ended; waited += 10) {
    if (await exists(helper.socket)) {
      const identity = await identify(pid);
      if (identity) return identity;
    }
    await options.clock.sleep(10);
  }
  throw new Failure('helper-failed', `${names[0]} did not come up: see ${options.logFile}`);
}
