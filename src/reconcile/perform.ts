import type { Driver } from '../drivers/contract.ts';
import { Failure } from '../model/failure.ts';
import type { Step } from '../model/plan.ts';
import type { Def, Kind } from '../model/resource.ts';
import { failpoint } from '../telemetry/failpoint.ts';
import { camel } from './conditions.ts';
import type { ControllerDeps } from './deps.ts';
import type { Entry } from './entry.ts';
import { accepted, intentOf, restarted, withIntent } from './record-changes.ts';

/** Does the steps in order; `done` grows with each. Intent is on disk before the act, so that a crash between loses nothing. */
export async function performSteps(
  entry: Entry,
  steps: readonly Step[],
  { drivers, store, clock, log, events }: ControllerDeps,
  signal: AbortSignal,
  done: string[],
): Promise<void> {
  const { key, text } = entry;
  const driver = drivers[key.kind] as unknown as Driver<Kind>;
  for (const [at, { action, reason }] of steps.entries()) {
    if (signal.aborted) throw new Failure('cancelled', 'a newer wish came');
    const { type } = action;
    log.info(type, { key: text, reason });
    if (type === 'define') {
      const { def } = action as { def: Def };
      await store.update(key, (record) => accepted(record, entry, def));
      await failpoint('define.accepted');
    }
    const restarts =
      type === 'shutdown' && steps.slice(at + 1).some((later) => later.action.type === 'start');
    if (restarts) await rememberRestart(entry, reason, store, clock.now().toISOString());
    await driver.perform(key, action, signal);
    if (type === 'undefine') await store.delete(key);
    if (type === 'start') await store.update(key, (record) => record && restarted(record));
    done.push(type);
    if (type !== 'define') events.append({ key: text, type: 'Normal', reason: camel(type), message: reason });
  }
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
