import type { DomainDef } from '../../../model/domain.ts';
import type { LiveDevice } from '../../../model/live-change.ts';
import type { Monitor } from '../../../qmp/monitor.ts';
import type { QemuDeps } from '../deps.ts';
import type { Session } from '../session.ts';

/** What one change of a running machine works with. */
export interface LiveWork {
  readonly session: Session;
  readonly monitor: Monitor;
  readonly deps: QemuDeps;
  /** What runs, as far as we know. */
  readonly before: DomainDef;
  /** What is to run. */
  readonly after: DomainDef;
  readonly device: LiveDevice | undefined;
  /** Something else is wished by now: ends a wait for the guest, and nothing else. */
  readonly wish: AbortSignal;
  /** The deadline of all of it. */
  readonly signal: AbortSignal;
}

/**
 * Once begun it goes to its end, whatever is wished by then: nobody could tell afterwards how far it came. Repeating it does
 * no harm; what fails is undone. Throws `Failure`.
 */
export type LiveAct = (work: LiveWork) => Promise<void>;
