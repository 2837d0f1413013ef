import type { DomainDef } from '../../model/domain.ts';
import type { LiveDomain } from '../../model/domain-live.ts';

/** The machine whose memory waits in a file for the next start. Spent, it is worth nothing any more. */
export function goesOn({ saved }: LiveDomain): DomainDef | undefined {
  return saved?.spent ? undefined : saved?.def;
}
