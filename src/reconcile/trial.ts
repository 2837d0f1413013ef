import type { Driver } from '../drivers/contract.ts';
import type { Clock } from '../host/clock.ts';
import type { Def, Kind } from '../model/resource.ts';
import { rulesOf } from '../plan/rules-of.ts';
import type { ResourceRecord } from '../state/records.ts';
import type { ControllerDeps } from './deps.ts';
import type { Entry } from './entry.ts';
import type { Readiness } from './prober.ts';
import { intentOf, withIntent } from './record-changes.ts';
import { forgetLastRun, rolledBack } from './rollback.ts';

/** What the first start of a changed definition that asks for safety begins with; one trial lasts over its restarts. */
export function begunBy(
  { key, declaration }: Entry,
  def: Def,
  { kinds, store }: Pick<ControllerDeps, 'kinds' | 'store'>,
) {
  const record = store.get(key);
  const safety = record?.lastRun && rulesOf(kinds, key.kind).safety?.(def);
  if (!safety || !declaration) return undefined;
  const { prepare, timeout, drop } = safety;
  const { revision } = declaration.declared;
  return record.trial ? { timeout, revision } : { timeout, revision, ...(prepare ? { prepare, drop } : {}) };
}

/** It runs changed: until it has shown that it works, the way back stays open. */
export function onTrial(record: ResourceRecord, revision: string, until: Date): ResourceRecord {
  return { ...record, trial: { revision, until: until.toISOString() } };
}

/**
 * How a trial goes: it goes on (milliseconds left), or it is over, for good or by going back to the definition and the
 * disks of before. Undefined: there is none. Cut off anywhere, the same again leads to the same end.
 */
export async function judgeTrial(
  entry: Entry,
  readiness: Readiness | undefined,
  { kinds, store, drivers, clock, events, log }: ControllerDeps,
  signal: AbortSignal,
): Promise<'over' | number | undefined> {
  const { key, text, live } = entry;
  const record = store.get(key);
  if (!record?.trial) return undefined;
  const rules = rulesOf(kinds, key.kind);
  const driver = drivers[key.kind] as unknown as Driver<Kind>;
  const safety = rules.safety?.(record.def);
  let failed = record.trial.failed;
  if (failed === undefined) {
    const down = live && rules.crash?.(live);
    const up = live !== undefined && (readiness !== undefined || rules.summary(live).state === 'running');
    const left = trialLeft(entry, record.trial.until, safety?.timeout ?? 0, clock);
    if (!safety || (up && (readiness?.ready ?? true))) {
      if (safety) await driver.perform(key, safety.drop, signal);
      await store.update(key, (present) => present && forgetLastRun(withoutTrial(present)));
      events.append({ key: text, type: 'Normal', reason: 'TrialPassed', message: 'it works as changed' });
      return 'over';
    }
    if (down) failed = { reason: 'Crashed', message: `it went down: ${down.reason}` };
    // A person or its guest took it down: nothing is shown by that.
    else if (!up) return undefined;
    else if (left > 0) return left;
    else failed = { reason: 'ProbeFailed', message: `it was not ready in its time: ${readiness?.message}` };
    const verdict = failed;
    await store.update(
      key,
      (present) => present?.trial && { ...present, trial: { ...present.trial, failed: verdict } },
    );
  }
  if (!safety) return undefined;
  for (const action of safety.goBack) await driver.perform(key, action, signal);
  const { revision } = record.trial;
  const at = clock.now().toISOString();
  const { reason, message } = failed;
  await store.update(key, (present) => {
    if (!present) return undefined;
    const back = withoutTrial(rolledBack(present, { revision, at, reason, message }));
    const intent = { by: 'its trial, which failed', at, bootId: '', ...intentOf(present) };
    return withIntent(back, { ...intent, want: 'running', restart: true });
  });
  log.warn('rolled back', { key: text, message });
  events.append({ key: text, type: 'Warning', reason: 'RolledBack', message });
  return 'over';
}

/** Milliseconds. The clock may be set meanwhile: that says nothing about the machine. */
function trialLeft(entry: Entry, until: string, timeout: number, clock: Clock): number {
  if (entry.trialEnds?.until !== until) {
    const left = Math.min(timeout * 1_000, Date.parse(until) - clock.now().getTime());
    entry.trialEnds = { until, at: clock.monotonic() + left };
  }
  return entry.trialEnds.at - clock.monotonic();
}

function withoutTrial({ trial: _, ...record }: ResourceRecord): ResourceRecord {
  return record;
}
