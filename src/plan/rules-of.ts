import type { KindRules, KindTable } from '../kinds/contract.ts';
import type { Kind } from '../model/resource.ts';

/** The row of a kind that is only known at run time. The one cast that kind-blind rooms need. */
export function rulesOf(kinds: KindTable, kind: Kind): KindRules<Kind> {
  return kinds[kind] as unknown as KindRules<Kind>;
}
