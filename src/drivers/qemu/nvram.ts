import { join } from 'node:path';
import { copyNew, exists } from '../../host/files.ts';
import { encodeName } from '../../host/paths.ts';
import { keepsVariables } from '../../kinds/domain/keeps-variables.ts';
import type { DomainDef } from '../../model/domain.ts';
import { Failure } from '../../model/failure.ts';
import type { QemuDeps } from './deps.ts';

/** The file in which the firmware keeps a domain's variables, as long as its disks live. A server's are in none. */
export function nvramPath(
  { metadata, spec }: DomainDef,
  { paths }: Pick<QemuDeps, 'paths'>,
): string | undefined {
  const { path, network } = spec.os?.nvram ?? {};
  if (network !== undefined) return undefined;
  return path ?? join(paths.stateDir, 'nvram', `${encodeName(metadata.name)}.fd`);
}

/** Makes the variable store from its template once; one that is there is never written over. */
export async function makeNvram({ spec }: DomainDef, path: string | undefined): Promise<void> {
  const { os = {} } = spec;
  const { nvram } = os;
  if (path === undefined || !keepsVariables(os) || (await exists(path))) return;
  const template = nvram?.template;
  if (template !== undefined && (await exists(template))) return copyNew(template, path);
  throw new Failure(
    'firmware-not-found',
    template === undefined ? `no template to make ${path} from` : `${template} does not exist`,
    { retry: { after: 60_000 }, suggestion: 'install ovmf, or write os.nvram.template' },
  );
}
