import type { KindRules } from '../kinds/contract.ts';
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
export interface Gate {
  /** Nothing worse than this is done. */
  readonly maxDisruption?: Impact;
  readonly suspended?: string;
  /** Sticky: remembered from the last accepted spec, so that it outlives the file. */
  readonly protected?: boolean;
  /** May this resource be removed: it is ours, and its source was read completely. Otherwise: why not. */
  readonly prune?: true | { readonly reason: HoldReason; readonly message: string };
  /** The brake: too many removals or restarts in this revision. */
  readonly braked?: string;
  /** A reference that is not ready yet. */
  readonly blockedBy?: string;
  /** Reconciling is refused for a mistake in the definition. */
  readonly invalid?: string;
}

export interface ResourcePlan<K extends Kind = Kind> {
  readonly key: ResourceKey<K>;
  readonly changes: readonly Change[];
  readonly steps: readonly Step<K>[];
  readonly held: readonly Held[];
}

/** Plans one resource and lets the gate hold what is not allowed: all of it or nothing. Pure. */
export function planResource<K extends Kind>(
  key: ResourceKey<K>,
  rules: KindRules<K>,
  desired: Def<K> | undefined,
  live: Live<K> | undefined,
  gate: Gate = {},
): ResourcePlan<K> {
  const changes = rules.drift(desired, live);
  if (changes.length === 0) return { key, changes, steps: [], held: [] };
  const { steps, held } = rules.plan({ key, desired, live, changes });
  if (steps.length === 0) return { key, changes, steps, held };
  const refusal = refuse(steps, desired === undefined, gate);
  if (!refusal) return { key, changes, steps, held };
  // What does nothing to the guest may still be done; accepting a definition is such a step, unless all is off.
  const kept = refusal.total ? [] : steps.slice(0, leading(steps));
  const stopped: Held = {
    key,
    reason: refusal.reason,
    message: refusal.message,
    impact: worstImpact(steps.map(({ impact }) => impact)),
    changes,
    actions: steps.slice(kept.length).map(({ action }) => (action as { type: string }).type),
  };
  return { key, changes, steps: kept, held: [...held, stopped] };
}

interface Refusal {
  readonly reason: HoldReason;
  readonly message: string;
  readonly total: boolean;
}

function refuse(steps: readonly Step[], removal: boolean, gate: Gate): Refusal | undefined {
  const total = true;
  if (gate.suspended !== undefined) return { reason: 'Suspended', message: gate.suspended, total };
  if (gate.invalid !== undefined) return { reason: 'Invalid', message: gate.invalid, total };
  if (removal) {
    if (gate.prune !== undefined && gate.prune !== true) return { ...gate.prune, total };
    if (gate.protected) {
      return {
        reason: 'Protected',
        message: 'protected: take `qonverge/protect` out of the spec first, then remove it',
        total,
      };
    }
  }
  const worst = worstImpact(steps.map(({ impact }) => impact));
  if (gate.braked !== undefined && (removal || worse(worst, 'guest')))
    return { reason: 'Brake', message: gate.braked, total: removal };
  if (gate.maxDisruption !== undefined && worse(worst, gate.maxDisruption)) {
    return {
      reason: 'MaxDisruption',
      message: `impact ${worst} is above the allowed ${gate.maxDisruption}`,
      total: false,
    };
  }
  if (gate.blockedBy !== undefined)
    return { reason: 'DependencyNotReady', message: gate.blockedBy, total: false };
  return undefined;
}

/** How many steps at the front only write things down. */
function leading(steps: readonly Step[]): number {
  const at = steps.findIndex(({ action }) => (action as { type: string }).type !== 'define');
  return at < 0 ? steps.length : at;
}

function worse(a: Impact, b: Impact): boolean {
  return impacts.indexOf(a) > impacts.indexOf(b);
}
