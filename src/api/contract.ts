import type { DriverTable } from '../drivers/contract.ts';
import type { Clock } from '../host/clock.ts';
import type { KindTable } from '../kinds/contract.ts';
import type { Values } from '../manifest/compose/substitute.ts';
import type { Controller } from '../reconcile/controller.ts';
import type { DesiredState, Source, SourceReport } from '../source/contract.ts';
import type { History } from '../state/history.ts';
import type { Store } from '../state/store.ts';
import type { EventLog } from '../telemetry/event-log.ts';
import { type InputOf, readInput, type Shape } from './input.ts';

/** What operations work on: one open host. */
export interface Host {
  readonly kinds: KindTable;
  readonly controller: Controller;
  readonly store: Store;
  readonly history: History;
  readonly drivers: DriverTable;
  readonly events: EventLog;
  readonly clock: Clock;
  readonly bootId: string;
  /** Reads a path as a source of desired state. */
  load(
    path: string,
    text?: string,
    values?: Values,
  ): Promise<{ readonly origin: string; readonly state: DesiredState }>;
  /** The sources that the daemon watches; absent without one. */
  readonly watching?: readonly string[];
  sources?(): readonly SourceReport[];
  source?(origin: string): Source | undefined;
  rescan?(): void;
}

/** Says what happens on the way to the result. */
export type Emit = (message: unknown) => void;

/** One row of the table: the same for the control socket and for a command that works alone. */
export interface Operation {
  readonly name: string;
  readonly permission: 'read' | 'write';
  readonly input: Shape;
  /** Checks what comes in, then does it. The result is plain JSON. */
  run(host: Host, input: unknown, emit: Emit, signal: AbortSignal): Promise<unknown>;
}

/** A row whose work sees checked and typed input only. */
export function operation<S extends Shape>(row: {
  readonly name: string;
  readonly permission: Operation['permission'];
  readonly input: S;
  run(host: Host, input: InputOf<S>, emit: Emit, signal: AbortSignal): Promise<unknown>;
}): Operation {
  return {
    ...row,
    run: async (host, input, emit, signal) =>
      row.run(host, readInput(row.name, row.input, input), emit, signal),
  };
}
