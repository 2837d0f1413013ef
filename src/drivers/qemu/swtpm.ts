import { join } from 'node:path';
import type { Clock } from '../../host/clock.ts';
import { ensureDir, exists } from '../../host/files.ts';
import { findProgram } from '../../host/find-program.ts';
import { assertSocketPath } from '../../host/paths.ts';
import { identify, type ProcessIdentity } from '../../host/process-identity.ts';
import { spawnDetached } from '../../host/processes.ts';
import type { DomainDef } from '../../model/domain.ts';
import { Failure } from '../../model/failure.ts';

/** Starts the software TPM that a domain's `tpm` asks for; its state lives as long as the domain. */
export async function startTpm(
  def: DomainDef,
  options: { directory: string; stateDir: string; logFile: string; clock: Clock },
): Promise<ProcessIdentity | undefined> {
  const [tpm] = def.spec.devices?.tpms ?? [];
  if (!tpm) return undefined;
  const program = await findProgram('swtpm');
  if (!program) {
    throw new Failure('helper-failed', 'swtpm is not installed', {
      retry: { after: 60_000 },
      suggestion: 'apt-get install swtpm',
    });
  }
  const state = join(options.stateDir, 'tpm', def.spec.uuid ?? def.metadata.name);
  await ensureDir(state, 0o700);
  const socket = assertSocketPath(join(options.directory, 'swtpm.sock'));
  const version = tpm.version === '1.2' ? [] : ['--tpm2'];
  const args = [
    'socket',
    ...version,
    '--tpmstate',
    `dir=${state},mode=0600`,
    '--ctrl',
    `type=unixio,path=${socket},mode=0600`,
    '--terminate',
  ];
  const { pid, exited } = await spawnDetached(program, args, { logFile: options.logFile });
  let ended = false;
  exited.then(() => {
    ended = true;
  });
  for (let waited = 0; waited < 5_000 && !ended; waited += 10) {
    if (await exists(socket)) return identify(pid);
    await options.clock.sleep(10);
  }
  throw new Failure('helper-failed', `swtpm did not come up: see ${options.logFile}`);
}
