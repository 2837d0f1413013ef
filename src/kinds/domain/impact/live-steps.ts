import type { DomainDef } from '../../../model/domain.ts';
import type { Device } from '../../../model/domain-devices.ts';
import { type LiveChange, type LiveList, liveLists } from '../../../model/live-change.ts';
import type { Change, Impact } from '../../../model/plan.ts';
import { diff } from '../../diff.ts';
import { changeDevice } from './change-device.ts';
import { changeMachine } from './change-machine.ts';
import { changeScreens } from './change-screens.ts';
import { changeTuning } from './change-tuning.ts';
import { mayPlug } from './may-plug.ts';
import { isFreeSeat } from './seats.ts';
import { withDevice, withoutDevice } from './with-device.ts';

/** One change of a running machine, and the definition that runs when it is done. */
export interface LiveStep {
  readonly change: LiveChange;
  readonly def: DomainDef;
  readonly impact: Impact;
}

/** Whether a change is to be made; the steps of those that are not are left out, and what would build on them. */
export type Tried = (change: LiveChange) => boolean;

/** A step with the differences that it removes. */
export interface ExplainedStep extends LiveStep {
  readonly about: readonly Change[];
}

/**
 * The way from what runs to what is wanted, as far as it goes without a restart. What the last definition still lacks
 * needs one. First what fits as it is, then what makes room, then what takes that room.
 */
export function liveSteps(
  running: DomainDef,
  desired: DomainDef,
  changes: readonly Change[],
  tried: Tried = everything,
): readonly ExplainedStep[] {
  let left = changes;
  return stepsBetween(running, desired, tried).map((step) => {
    const open = pathsBetween(step.def, desired);
    const about = left.filter(({ path }) => !open.has(path));
    left = left.filter(({ path }) => open.has(path));
    return { ...step, about };
  });
}

const everything: Tried = () => true;

function stepsBetween(running: DomainDef, desired: DomainDef, tried: Tried): readonly LiveStep[] {
  const steps: LiveStep[] = [];
  let def = running;
  const take = (found: Iterable<LiveStep>) => {
    for (const step of found) {
      steps.push(step);
      def = step.def;
    }
  };
  take(changeMachine(def, desired, tried));
  take(changeTuning(def, desired, tried));
  take(changeScreens(def, desired, tried));
  take(attach(def, desired, tried));
  for (const list of [...liveLists, 'watchdogs'] as const) take(changeDevice(list, def, desired, tried));
  take(detach(def, desired, tried));
  take(attach(def, desired, tried));
  // Memory that came may be asked back by the balloon.
  take(changeMachine(def, desired, tried));
  return steps;
}

/** Buses come before what sits on them. */
function* attach(from: DomainDef, desired: DomainDef, tried: Tried): Iterable<LiveStep> {
  let def = from;
  for (const list of liveLists) {
    const present = new Set(devices(def, list).map(({ alias }) => alias));
    for (const device of devices(desired, list)) {
      const { alias } = device;
      if (alias === undefined || present.has(alias)) continue;
      if (!mayPlug(list, device, def) || !isFreeSeat(device, def)) continue;
      const change: LiveChange = { operation: 'attach', device: { list, alias } };
      if (!tried(change)) continue;
      def = withDevice(def, list, device);
      yield { change, def, impact: 'live' };
    }
  }
}

/** What sits on a bus goes before it; a controller that is in use stays. */
function* detach(from: DomainDef, desired: DomainDef, tried: Tried): Iterable<LiveStep> {
  let def = from;
  for (const list of liveLists.toReversed()) {
    const wanted = new Set(devices(desired, list).map(({ alias }) => alias));
    for (const device of devices(def, list)) {
      const { alias } = device;
      if (alias === undefined || wanted.has(alias) || !mayPlug(list, device, def)) continue;
      if (list === 'controllers' && isInUse(device, def)) continue;
      const change: LiveChange = { operation: 'detach', device: { list, alias } };
      if (!tried(change)) continue;
      def = withoutDevice(def, list, alias);
      yield { change, def, impact: 'guest' };
    }
  }
}

/** Drives of IDE and SATA count their controllers for themselves. */
function isInUse(controller: Device & { readonly index?: number }, { spec }: DomainDef): boolean {
  const { disks = [], hostdevs = [] } = spec.devices ?? {};
  const users = [
    ...disks.filter(({ bus }) => bus === 'scsi'),
    ...hostdevs.filter(({ type }) => type === 'scsi'),
  ];
  return users.some(
    ({ address }) => address?.type === 'drive' && (address.controller ?? 0) === (controller.index ?? 0),
  );
}

function devices(def: DomainDef, list: LiveList): readonly Device[] {
  return def.spec.devices?.[list] ?? [];
}

/** What a restart alone can bring: differences that are left when all live steps are done. */
export function restartPaths(running: DomainDef, desired: DomainDef): ReadonlySet<string> {
  return pathsBetween(stepsBetween(running, desired, everything).at(-1)?.def ?? running, desired);
}

function pathsBetween(from: DomainDef, to: DomainDef): ReadonlySet<string> {
  return new Set(diff(from, to).map(({ path }) => path));
}
