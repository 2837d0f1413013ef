import { diff } from '../../../kinds/diff.ts';
import type { DomainDef } from '../../../model/domain.ts';
import type { LiveDomain } from '../../../model/domain-live.ts';
import { keyText } from '../../../model/resource.ts';
import type { Domains } from '../domains.ts';
import type { Session } from '../session.ts';

/** What differs from the definition on record, and since when that is known; what is as the spec says is told to nobody. */
export function driftOf(
  session: Session,
  running: DomainDef,
  { deps }: Domains,
): Pick<LiveDomain, 'applied' | 'drifted'> {
  const applied = session.record.running;
  const defined = deps.store.get(session.record.key)?.def;
  const wrong = running === applied ? [] : diff(defined ?? applied, running);
  const found =
    running === applied
      ? []
      : diff(applied, running).filter(({ path }) =>
          wrong.some((one) => path.startsWith(one.path) || one.path.startsWith(path)),
        );
  const known = session.driftSince;
  session.driftSince = new Map(
    found.map(({ path }) => [path, known.get(path) ?? deps.clock.now().toISOString()]),
  );
  if (found.length === 0) return running === applied ? {} : { applied };
  for (const { path, current, desired } of found)
    if (!known.has(path))
      deps.events.append({
        key: keyText(session.record.key),
        type: 'Warning',
        reason: 'Drift',
        message: `${path}: someone else changed ${JSON.stringify(current)} to ${JSON.stringify(desired)}`,
      });
  const drifted = found.map(({ path, current, desired }) => ({
    path,
    ...(current === undefined ? {} : { lastApplied: current }),
    ...(desired === undefined ? {} : { live: desired }),
    since: session.driftSince.get(path) ?? '',
  }));
  return { applied, drifted };
}
