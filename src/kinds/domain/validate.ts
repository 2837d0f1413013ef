import type { Problem } from '../../model/diagnostic.ts';
import type { DomainDef } from '../../model/domain.ts';

export function validateDomain(_def: DomainDef): readonly Problem[] {
  return [];
}
