import type { DriverTable } from '../drivers/contract.ts';
import type { Clock } from '../host/clock.ts';
import type { KindTable } from '../kinds/contract.ts';
import type { Approvals } from '../state/approvals.ts';
import type { History } from '../state/history.ts';
import type { Store } from '../state/store.ts';
import type { EventLog } from '../telemetry/event-log.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Policy } from './gate.ts';
import type { PolicyWall } from './policy-wall.ts';

export interface ControllerDeps extends Policy {
  readonly kinds: KindTable;
  readonly drivers: DriverTable;
  readonly store: Store;
  readonly history: History;
  readonly approvals: Approvals;
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: EventLog;
  /** The host's policy; absent: everything is granted. */
  readonly wall?: PolicyWall;
  readonly workers: number;
  /** 0…1, for jitter. */
  random(): number;
  /** Of this build: another may complete the same spec to something else. */
  readonly release: string;
  /** Equal values, equal text. */
  revisionOf(value: unknown): string;
}
