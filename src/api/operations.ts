import { Failure } from '../model/failure.ts';
import type { Operation } from './contract.ts';
import { apply } from './operations/apply.ts';
import { ephemeral, teardown } from './operations/ephemeral.ts';
import { export_ } from './operations/export.ts';
import { history } from './operations/history.ts';
import { hostShutdown } from './operations/host-shutdown.ts';
import { pause, reset, restart, start, stop, unpause } from './operations/orders.ts';
import { plan } from './operations/plan.ts';
import { console_, events, logs } from './operations/queries.ts';
import { approve, reconcile, resume, suspend, undefine } from './operations/reconciling.ts';
import { save } from './operations/save.ts';
import { sources } from './operations/sources.ts';
import { status } from './operations/status.ts';
import { wait } from './operations/wait.ts';
import { rollback, why } from './operations/why.ts';

/** All that can be asked of a host. A new operation is one row here and its words on the command line. */
const table: readonly Operation[] = [
  status,
  plan,
  apply,
  ephemeral,
  teardown,
  start,
  stop,
  restart,
  pause,
  unpause,
  reset,
  save,
  hostShutdown,
  suspend,
  resume,
  undefine,
  reconcile,
  approve,
  events,
  console_,
  logs,
  sources,
  wait,
  export_,
  history,
  why,
  rollback,
];

const byName = new Map(table.map((row) => [row.name, row]));

export function operationNamed(name: string): Operation {
  const found = byName.get(name);
  if (found) return found;
  throw new Failure('refused', `unknown operation ${name.slice(0, 64)}`, { retry: 'never' });
}
