import type { KindRules, WindowState } from '../kinds/contract.ts';
import {
  type Change,
  type Held,
  type HoldReason,
  type Impact,
  impacts,
  type Step,
  worstImpact,
} from '../model/plan.ts';
import type { Def, Kind, Live, ResourceKey } from '../model/resource.ts';

/** What policy and people allow for one resource right now. Data only. */
export interface Gate<K extends Kind = Kind> {
  /** Nothing worse than this is done. */
  readonly maxDisruption?: Impact;
  readonly suspended?: string;
  /** Reconciling is refused for a mistake in the definition. */
  readonly invalid?: string;
  /** The host's policy does not grant what the definition asks for: nothing but taking down is done. */
  readonly forbidden?: string;
  /** Its removal waits for an approval: why, in words. */
  readonly confirm?: string;
  /** The brake: too many removals or restarts in this revision. */
  readonly braked?: string;
  /** Others are down for a restart: this one waits its turn. */
  readonly unavailable?: string;
  readonly window?: WindowState;
  /** Who approved its restart by name. */
  readonly approvedBy?: string;
  /** Subjects of steps that failed and try again later. */
  readonly failing?: Pick<ReadonlySet<string>, 'has'>;
  /** A reference that is not ready yet. */
  readonly blockedBy?: string;
  /** A reference runs and does not do its work yet: nothing starts on it. */
  readonly notReady?: string;
  /** May it be removed: it is ours, and its source was read completely. Otherwise: why not. */
  readonly prune?: true | { readonly reason: HoldReason; readonly message: string };
  /** Sticky: remembered from the last accepted spec, so that it outlives the file. */
  readonly protected?: boolean;
  /** Something that stays stands on it. */
  readonly neededBy?: string;
  /** The definition on record: it stays in force while a removal is refused. */
  readonly accepted?: Def<K>;
}

export interface ResourcePlan<K extends Kind = Kind> {
  readonly key: ResourceKey<K>;
  readonly changes: readonly Change[];
  readonly steps: readonly Step<K>[];
  readonly held: readonly Held[];
  /** What the steps lead to: the desired definition, or the accepted one while its removal is refused. */
  readonly inForce: Def<K> | undefined;
  /** After these steps others may stand on it. */
  readonly ready: boolean;
}

/**
 * Plans one resource and lets the gate hold what is not allowed. What stands before the first step above the allowed
 * disruption goes through; a step may build on those before it, so nothing is taken from behind it. Pure.
 */
export function planResource<K extends Kind>(
  key: ResourceKey<K>,
  rules: KindRules<K>,
  desired: Def<K> | undefined,
  live: Live<K> | undefined,
  gate: Gate<K> = {},
): ResourcePlan<K> {
  const changes = rules.drift(desired, live);
  const exists = desired !== undefined;
  if (changes.length === 0) return { key, changes, steps: [], held: [], inForce: desired, ready: exists };
  const { steps, held } = rules.plan({
    key,
    desired,
    live,
    changes,
    ...(gate.window ? { window: gate.window } : {}),
    ...(gate.approvedBy === undefined ? {} : { approvedBy: gate.approvedBy }),
    ...(gate.failing === undefined ? {} : { failing: gate.failing }),
  });
  const refusal = steps.length === 0 ? undefined : refuse(steps, !exists, gate);
  if (!refusal) return { key, changes, steps, held, inForce: desired, ready: exists && isReady(held) };
  // What does nothing to the guest may still be done; accepting a definition is such a step, unless all is off.
  const kept = refusal.total ? [] : steps.slice(0, refusal.first ?? leadingDefines(steps));
  const rest = steps.slice(kept.length);
  const stopped: Held = {
    key,
    reason: refusal.reason,
    message: refusal.message,
    impact: worstImpact(rest.map(({ impact }) => impact)),
    changes: kept.length > leadingDefines(steps) ? rest.flatMap((step) => step.changes) : changes,
    actions: rest.map(typeOf),
  };
  if (!exists && gate.accepted !== undefined && gate.suspended === undefined) {
    const stays = planResource(key, rules, gate.accepted, live, gate);
    return { ...stays, changes: [...changes, ...stays.changes], held: [stopped, ...stays.held] };
  }
  return { key, changes, steps: kept, held: [...held, stopped], inForce: desired, ready: false };
}

const takesDown: ReadonlySet<string> = new Set(['reap', 'shutdown', 'destroy', 'undefine']);

interface Refusal {
  readonly reason: HoldReason;
  readonly message: string;
  /** Not even the definition is accepted. */
  readonly total: boolean;
  /** Those before this one may be done. Absent: those that only write down. */
  readonly first?: number;
}

function refuse(steps: readonly Step[], removal: boolean, gate: Gate): Refusal | undefined {
  const refusal = (reason: HoldReason, message: string, total = true) => ({ reason, message, total });
  if (gate.suspended !== undefined) return refusal('Suspended', gate.suspended);
  if (gate.invalid !== undefined) return refusal('Invalid', gate.invalid);
  if (gate.forbidden !== undefined && !steps.every((step) => takesDown.has(typeOf(step))))
    return refusal('PolicyViolation', gate.forbidden);
  if (removal) {
    if (gate.prune !== undefined && gate.prune !== true)
      return refusal(gate.prune.reason, gate.prune.message);
    if (gate.protected)
      return refusal(
        'Protected',
        'protected: put its spec back without `qonverge/protect`, and remove it in a later revision',
      );
    if (gate.neededBy !== undefined) return refusal('Protected', gate.neededBy);
    if (gate.confirm !== undefined) return refusal('NeedsApproval', gate.confirm);
  }
  const worst = worstImpact(steps.map(({ impact }) => impact));
  if (gate.braked !== undefined && (removal || isRestart(worst)))
    return refusal('Brake', gate.braked, removal);
  const { maxDisruption } = gate;
  if (maxDisruption !== undefined && rank(worst) > rank(maxDisruption)) {
    const message = `impact ${worst} is above the allowed ${maxDisruption}`;
    const first = steps.findIndex(({ impact }) => rank(impact) > rank(maxDisruption));
    return { ...refusal('MaxDisruption', message, removal), first };
  }
  if (!removal && gate.unavailable !== undefined && isRestart(worst))
    return refusal('MaxUnavailable', gate.unavailable, false);
  const types = steps.map(typeOf);
  if (
    !removal &&
    gate.blockedBy !== undefined &&
    types.some((type) => type !== 'define' && !takesDown.has(type))
  )
    return refusal('DependencyNotReady', gate.blockedBy, false);
  if (!removal && gate.notReady !== undefined && types.includes('start'))
    return refusal('DependencyNotReady', gate.notReady, false);
  return undefined;
}

/** A change that waits for a restart does not make what runs less ready; a machine that does not run is not. */
export function isReady(held: readonly Held[]): boolean {
  return held.every(
    ({ reason, changes }) =>
      reason === 'RestartPolicy' || (reason === 'Drift' && changes.every(({ path }) => path !== 'state')),
  );
}

export function isRestart(impact: Impact): boolean {
  return rank(impact) >= rank('restart');
}

/** How many steps at the front only write things down. */
function leadingDefines(steps: readonly Step[]): number {
  const at = steps.findIndex((step) => typeOf(step) !== 'define');
  return at < 0 ? steps.length : at;
}

function typeOf({ action }: Step): string {
  return action.type;
}

function rank(impact: Impact): number {
  return impacts.indexOf(impact);
}
