import type { Clock } from '../../host/clock.ts';
import type { HostPaths } from '../../host/paths.ts';
import type { KindTable } from '../../kinds/contract.ts';
import type { Journal } from '../../state/journal.ts';
import type { RunRecords } from '../../state/run-records.ts';
import type { Store } from '../../state/store.ts';
import type { EventLog } from '../../telemetry/event-log.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { CapabilityProbe } from './capabilities.ts';
import type { ResolvedImage } from './command-line/context.ts';

export interface QemuDeps {
  readonly paths: HostPaths;
  readonly store: Store;
  readonly runRecords: RunRecords;
  readonly journal: Journal;
  readonly capabilities: CapabilityProbe;
  readonly kinds: KindTable;
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: EventLog;
  /** Display ports given out and perhaps not bound yet. */
  readonly reservedPorts: Set<number>;
  /** We stay beside the guests: a QEMU that ends at its guest's reboot is started again by us. */
  readonly resident: boolean;
  /** Where a Volume's data is, with its declared chain. */
  volumeImage(name: string): ResolvedImage | undefined;
}
