import type { Driver } from '../drivers/contract.ts';
import { Failure, toFailure } from '../model/failure.ts';
import type { Step } from '../model/plan.ts';
import type { Def, Kind } from '../model/resource.ts';
import { isRestart } from '../plan/plan-resource.ts';
import { rulesOf } from '../plan/rules-of.ts';
import { failpoint } from '../telemetry/failpoint.ts';
import { camel } from './conditions.ts';
import type { ControllerDeps } from './deps.ts';
import type { Entry } from './entry.ts';
import { undefinedByPerson } from './gate.ts';
import { accepted, intentOf, restarted, withIntent } from './record-changes.ts';
import { forgetLastRun, isFaultOfSpec, keepLastRun, rollbackOf, rolledBack } from './rollback.ts';
import { begunBy, onTrial } from './trial.ts';

/** Does the steps in order; `done` grows with each. Intent is on disk before the act, so that a crash between loses nothing. */
export async function performSteps(
  entry: Entry,
  steps: readonly Step[],
  deps: ControllerDeps,
  signal: AbortSignal,
  done: string[],
  aside: (disk: Promise<unknown>) => Promise<void>,
): Promise<void> {
  const { kinds, drivers, store, clock, log, events } = deps;
  const { key, text } = entry;
  const driver = drivers[key.kind] as unknown as Driver<Kind>;
  let accepting: Promise<unknown> = Promise.resolve();
  for (const [at, { action, reason, impact }] of steps.entries()) {
    if (signal.aborted) throw new Failure('cancelled', 'a newer wish came');
    const { type } = action;
    log.info(type, { key: text, reason });
    const message = `under way: ${type === 'update' ? reason : `${type}, ${reason}`}`;
    entry.working = { message, since: clock.now().toISOString(), restarts: isRestart(impact) };
    if (type === 'define') {
      const { def } = action as { def: Def };
      const accept = store.update(key, (record) => {
        const back = rollbackOf(entry, record);
        const fresh = { ...accepted(record, entry, def), ...(back ? { rolledBack: back } : {}) };
        return record && !back ? keepLastRun(fresh, record, entry.live, rulesOf(kinds, key.kind)) : fresh;
      });
      accepting = accept.then(() => failpoint('define.accepted'));
      accepting.catch(() => undefined);
      const next = steps[at + 1]?.action.type;
      if (next === undefined) await aside(accepting);
      // A start comes up while this becomes durable: its driver lets no guest run before.
      else if (next !== 'start') await accepting;
    }
    const again = type === 'shutdown' && steps.slice(at + 1).find((later) => later.action.type === 'start');
    if (again) await foresee(entry, (again.action as { def: Def }).def, deps);
    if (again) await rememberRestart(entry, reason, store, clock.now().toISOString());
    const trial = type === 'start' ? begunBy(entry, (action as { def: Def }).def, deps) : undefined;
    try {
      if (trial?.prepare) await driver.perform(key, trial.prepare, signal);
      await driver.perform(key, action, signal);
      if (type !== 'define') await accepting;
    } catch (error) {
      await accepting;
      if (type === 'start' && (await rollBack(entry, toFailure(error), deps))) {
        // It has not run: its disks are what they were.
        if (trial?.drop) await driver.perform(key, trial.drop, signal);
        throw new Failure('cancelled', 'rolled back');
      }
      throw error;
    }
    if (type === 'undefine') await store.delete(key, heirOf(store.get(key)?.origin.source, done));
    if (type === 'start') {
      const until = trial && new Date(clock.now().getTime() + trial.timeout * 1_000);
      await store.update(key, (record) => {
        const begun = record && restarted(record);
        return begun && (trial && until ? onTrial(begun, trial.revision, until) : forgetLastRun(begun));
      });
    }
    done.push(type);
    if (type !== 'define') events.append({ key: text, type: 'Normal', reason: camel(type), message: reason });
  }
}

/** What lies under its name stays its source's, unless nothing does, or a person let it go. */
function heirOf(source: string | undefined, done: readonly string[]): string | undefined {
  return source === undefinedByPerson || done.includes('delete') ? undefined : source;
}

/** What would not come up again is not taken down: it runs on as it is. */
async function foresee(entry: Entry, def: Def, deps: ControllerDeps): Promise<void> {
  const { key } = entry;
  try {
    const { prepare } = begunBy(entry, def, deps) ?? {};
    await (deps.drivers[key.kind] as unknown as Driver<Kind>).foresee?.(def, prepare);
  } catch (error) {
    await deps.store.update(key, (record) => record && restarted(record));
    if (await rollBack(entry, toFailure(error), deps)) throw new Failure('cancelled', 'rolled back');
    throw error;
  }
}

/** A changed definition that does not start makes room for the one that ran before: the loop starts that next. */
async function rollBack(
  { key, text, declaration }: Entry,
  failure: Failure,
  { store, clock, events, log }: ControllerDeps,
): Promise<boolean> {
  if (!store.get(key)?.lastRun || !declaration || !isFaultOfSpec(failure)) return false;
  const { message } = failure;
  const at = clock.now().toISOString();
  const spec = { revision: declaration.declared.revision, at, reason: 'StartFailed', message } as const;
  await store.update(key, (record) => record && rolledBack(record, spec));
  log.warn('rolled back', { key: text, message });
  events.append({ key: text, type: 'Warning', reason: 'RolledBack', message });
  return true;
}

/** Cut off between stop and start, whoever comes next carries on as if a person had asked for the restart. */
async function rememberRestart(
  { key }: Entry,
  reason: string,
  store: ControllerDeps['store'],
  at: string,
): Promise<void> {
  await store.update(key, (record) => {
    const intent = intentOf(record);
    if (!record || intent?.restart) return record;
    return withIntent(record, { by: reason, at, bootId: '', ...intent, want: 'running', restart: true });
  });
}
