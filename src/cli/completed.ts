import { baselineCapabilities } from '../kinds/domain/baseline-capabilities.ts';
import { kinds } from '../kinds/table.ts';
import type { Def } from '../model/resource.ts';

/** What a spec means on a host of which nothing is known. */
export function completed(def: Def): Def {
  return def.kind === 'Domain'
    ? kinds.Domain.complete(def, undefined, baselineCapabilities)
    : kinds.Volume.complete(def, undefined, { defaultDirectory: '/var/lib/qonverge/volumes' });
}
