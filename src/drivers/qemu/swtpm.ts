import { join } from 'node:path';
import { ensureDir } from '../../host/files.ts';
import { assertSocketPath, encodeName } from '../../host/paths.ts';
import type { DomainDef } from '../../model/domain.ts';
import { Failure } from '../../model/failure.ts';
import type { Helper } from './helper-process.ts';

/** Goes by the name, which has one owner: a uuid is anybody's to write. */
export function tpmState(stateDir: string, name: string): string {
  return join(stateDir, 'tpm', encodeName(name));
}

/** The software TPM that a domain's `tpm` asks for; its state lives as long as the domain. */
export async function tpmHelper(
  def: DomainDef,
  options: { readonly directory: string; readonly stateDir: string },
): Promise<Helper | undefined> {
  const [tpm] = def.spec.devices?.tpms ?? [];
  if (!tpm || (tpm.backend ?? 'emulator') !== 'emulator') return undefined;
  if (tpm.secret !== undefined)
    throw new Failure('not-supported', 'tpm: a secret for its state is not supported yet', {
      retry: 'never',
    });
  const state = tpmState(options.stateDir, def.metadata.name);
  await ensureDir(state, 0o700);
  const socket = assertSocketPath(join(options.directory, 'swtpm.sock'));
  const version = tpm.version === '1.2' ? [] : ['--tpm2'];
  return {
    program: 'swtpm',
    package: 'swtpm',
    socket,
    // A machine that is renamed takes its directory along while this runs.
    cwd: state,
    args: [
      'socket',
      ...version,
      '--tpmstate',
      'dir=.,mode=0600',
      '--ctrl',
      `type=unixio,path=${socket},mode=0600`,
      '--terminate',
    ],
  };
}
