import { join } from 'node:path';
import { copyNew, exists } from '../../host/files.ts';
import { encodeName } from '../../host/paths.ts';
import { keepsVariables } from '../../kinds/domain/keeps-variables.ts';
import type { DomainDef } from '../../model/domain.ts';
import { Failure } from '../../model/failure.ts';
import type { QemuDeps } from './deps.ts';

/** Where the firmware keeps a domain's variables: they live as long as its disks. */
export function nvramPath({ metadata, spec }: DomainDef, { paths }: Pick<QemuDeps, 'paths'>): string {
  return spec.os?.nvram?.path ?? join(paths.stateDir, 'nvram', `${encodeName(metadata.name)}.fd`);
}

/** Makes the variable store from its template once; one that is there is never written over. */
export async function makeNvram({ spec }: DomainDef, path: string): Promise<void> {
  const { os = {} } = spec;
  const { nvram } = os;
  if (!keepsVariables(os) || (await exists(path))) return;
  const template = nvram?.template;
  if (template !== undefined && (await exists(template))) return copyNew(template, path);
  throw new Failure(
    'firmware-not-found',
    template === undefined ? `no template to make ${path} from` : `${template} does not exist`,
    { retry: { after: 60_000 }, suggestion: 'install ovmf, or write os.nvram.template' },
  );
}
