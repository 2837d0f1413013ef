import type { KindRules, KindTable } from '../kinds/contract.ts';
import { type Held, type Impact, impacts, type Step, worstImpact } from '../model/plan.ts';
import {
  type Def,
  type KeyText,
  type Kind,
  keyText,
  type Live,
  type ResourceKey,
} from '../model/resource.ts';
import { brake } from './brake.ts';
import { orderByDependency } from './order.ts';
import { type Gate, planResource, type ResourcePlan } from './plan-resource.ts';

/** What the inventory says of one resource. */
export interface Inventoried {
  readonly key: ResourceKey;
  readonly origin: string;
  readonly protected?: boolean;
  readonly suspended?: string;
}

export interface PlanWorldInput {
  /** Completed definitions by key. */
  readonly desired: ReadonlyMap<KeyText, Def>;
  readonly live: ReadonlyMap<KeyText, Live>;
  readonly inventory: ReadonlyMap<KeyText, Inventoried>;
  /** The source that `desired` comes from: only what it made may be removed. */
  readonly origin: string;
  /** False: the read was not whole, nothing is removed. */
  readonly complete: boolean;
  readonly frozen?: string;
  readonly prune: boolean;
  readonly maxDisruption?: Impact;
  /** A person let this revision through the brake. */
  readonly approved?: boolean;
}

export interface PlanSummary {
  readonly create: number;
  readonly change: number;
  readonly restart: number;
  readonly remove: number;
  readonly held: number;
  readonly unchanged: number;
  readonly impact: Impact;
}

export interface Plan {
  readonly summary: PlanSummary;
  readonly steps: readonly Step[];
  readonly held: readonly Held[];
}

/** The whole preview: every resource, in order, with what is held and why. Pure; equal input in any order, equal plan. */
export function planWorld(input: PlanWorldInput, kinds: KindTable): Plan {
  const rulesOf = (kind: Kind) => kinds[kind] as unknown as KindRules<Kind>;
  const { keys, cycles } = orderByDependency(input.desired, kinds);
  const circular = new Set(cycles.flat());
  const gone = removable(input);
  const removals = brake('removals', gone.filter(({ prune }) => prune === true).length, input.inventory.size);

  const draft = keys.map((key) => planOne(key, {}));
  const restarting = draft.filter(({ steps }) =>
    steps.some(({ impact }) => impacts.indexOf(impact) >= impacts.indexOf('restart')),
  ).length;
  const restarts = brake('restarts', restarting, input.desired.size);

  function planOne(key: ResourceKey, gate: Gate): ResourcePlan {
    const text = keyText(key);
    return planResource(key, rulesOf(key.kind), input.desired.get(text), input.live.get(text), gate);
  }

  function gateOf(key: ResourceKey): Gate {
    const text = keyText(key);
    const row = input.inventory.get(text);
    const missing = missingReference(key, input, rulesOf(key.kind));
    const foreign = row && row.origin !== input.origin ? `made by ${row.origin}` : undefined;
    return {
      ...(input.maxDisruption ? { maxDisruption: input.maxDisruption } : {}),
      ...(row?.suspended === undefined ? {} : { suspended: row.suspended }),
      ...(restarts && !input.approved ? { braked: restarts } : {}),
      ...(circular.has(text) ? { blockedBy: `needs itself: ${[...circular].sort().join(' → ')}` } : {}),
      ...(missing ? { blockedBy: missing } : {}),
      ...(foreign ? { invalid: foreign } : {}),
    };
  }

  const wanted = keys.map((key) => planOne(key, gateOf(key)));
  const removed = gone.map(({ key, prune }) =>
    planOne(key, {
      prune,
      protected: input.inventory.get(keyText(key))?.protected ?? false,
      ...suspension(input.inventory.get(keyText(key))),
      ...(removals && !input.approved ? { braked: removals } : {}),
      ...(input.maxDisruption ? { maxDisruption: input.maxDisruption } : {}),
    }),
  );
  // What needs others goes before what it needs.
  const all = [
    ...wanted,
    ...removed.sort(
      (a, b) =>
        rulesOf(b.key.kind).order - rulesOf(a.key.kind).order || (keyText(a.key) < keyText(b.key) ? -1 : 1),
    ),
  ];
  const steps = all.flatMap((plan) => plan.steps);
  const held = all.flatMap((plan) => plan.held);
  return { summary: summarize(all, input), steps, held };
}

function suspension(row: Inventoried | undefined): Gate {
  return row?.suspended === undefined ? {} : { suspended: row.suspended };
}

/** Inventoried by this source and wanted no more. */
function removable(input: PlanWorldInput): { key: ResourceKey; prune: NonNullable<Gate['prune']> }[] {
  const gone: { key: ResourceKey; prune: NonNullable<Gate['prune']> }[] = [];
  for (const [text, { key, origin }] of [...input.inventory].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (input.desired.has(text) || origin !== input.origin) continue;
    if (!input.complete)
      gone.push({
        key,
        prune: { reason: 'SourceUnavailable', message: input.frozen ?? 'the source was not read completely' },
      });
    else if (!input.prune)
      gone.push({
        key,
        prune: { reason: 'NotInInventory', message: 'no longer declared; `--prune` removes it' },
      });
    else gone.push({ key, prune: true });
  }
  return gone;
}

function missingReference(
  key: ResourceKey,
  { desired, live }: PlanWorldInput,
  rules: KindRules<Kind>,
): string | undefined {
  const def = desired.get(keyText(key));
  const missing = def
    ? rules.references(def).find(({ key: need }) => !desired.has(keyText(need)) && !live.has(keyText(need)))
    : undefined;
  return missing ? `${missing.path} names ${keyText(missing.key)}, which nothing declares` : undefined;
}

function summarize(plans: readonly ResourcePlan[], input: PlanWorldInput): PlanSummary {
  const counts = { create: 0, change: 0, restart: 0, remove: 0, held: 0, unchanged: 0 };
  for (const { key, steps, held } of plans) {
    const text = keyText(key);
    if (held.length > 0) counts.held++;
    if (steps.length === 0) {
      if (held.length === 0) counts.unchanged++;
    } else if (!input.desired.has(text)) counts.remove++;
    else if (!input.inventory.has(text)) counts.create++;
    else if (worstImpact(steps.map(({ impact }) => impact)) === 'restart') counts.restart++;
    else counts.change++;
  }
  const impact = worstImpact(plans.flatMap(({ steps }) => steps.map((step) => step.impact)));
  return { ...counts, impact };
}
