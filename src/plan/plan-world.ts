import type { KindTable } from '../kinds/contract.ts';
import { type Held, type Impact, type Step, worstImpact } from '../model/plan.ts';
import { type Def, type KeyText, keyText, type Live, type ResourceKey } from '../model/resource.ts';
import { brake } from './brake.ts';
import { orderByDependency } from './order.ts';
import { type Gate, isRestart, planResource, type ResourcePlan } from './plan-resource.ts';
import { rulesOf } from './rules-of.ts';

/** What the inventory says of one resource. */
export interface Inventoried {
  /** As last accepted. */
  readonly def: Def;
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
  /** Other sources that are in force beside it: what they made is theirs. */
  readonly otherOrigins?: ReadonlySet<string>;
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
  /** References in a circle: nothing in it can be made. */
  readonly cycles: readonly (readonly KeyText[])[];
}

/** The whole preview: every resource, in order, with what is held and why. Pure; equal input in any order, equal plan. */
export function planWorld(input: PlanWorldInput, kinds: KindTable): Plan {
  const plans = new WorldPlanner(input, kinds).plan();
  const steps = plans.all.flatMap((plan) => plan.steps);
  const held = plans.all.flatMap((plan) => plan.held);
  return { summary: summarize(plans.all, input), steps, held, cycles: plans.cycles };
}

class WorldPlanner {
  readonly #input: PlanWorldInput;
  readonly #kinds: KindTable;
  /** Planned so far, in order. */
  readonly #plans = new Map<KeyText, ResourcePlan>();
  /** Who stands on a key. */
  readonly #needs = new Map<KeyText, KeyText>();

  constructor(input: PlanWorldInput, kinds: KindTable) {
    this.#input = input;
    this.#kinds = kinds;
  }

  plan(): { all: readonly ResourcePlan[]; cycles: Plan['cycles'] } {
    const { desired } = this.#input;
    const { keys, cycles } = orderByDependency(desired, this.#kinds);
    const gone = this.#gone();
    // What goes waits for nobody; what stays needs what it names, and what it still holds on to.
    for (const [text, { def }] of this.#input.inventory)
      if (!gone.has(text) && !desired.has(text)) this.#need(text, def);
    for (const [text, def] of desired) this.#need(text, def);

    const restarts = this.#restartBrake(keys);
    for (const key of keys) this.#set(this.#planOne(key, this.#gate(key, cycles, restarts)));
    const removals = this.#removalBrake(gone);
    for (const key of orderByDependency(gone, this.#kinds).keys.toReversed()) {
      const plan = this.#planOne(key, this.#removalGate(key, removals));
      this.#set(plan);
      if (plan.inForce) this.#need(keyText(key), plan.inForce);
    }
    return { all: [...this.#plans.values()], cycles };
  }

  #planOne(key: ResourceKey, gate: Gate): ResourcePlan {
    const text = keyText(key);
    const rules = rulesOf(this.#kinds, key.kind);
    return planResource(key, rules, this.#input.desired.get(text), this.#input.live.get(text), gate);
  }

  #set(plan: ResourcePlan): void {
    this.#plans.set(keyText(plan.key), plan);
  }

  /** Inventoried by this source and wanted no more. */
  #gone(): Map<KeyText, Def> {
    const gone = new Map<KeyText, Def>();
    for (const [text, { def, origin }] of this.#input.inventory)
      if (!this.#input.desired.has(text) && origin === this.#input.origin) gone.set(text, def);
    return gone;
  }

  #gate(key: ResourceKey, cycles: Plan['cycles'], braked: string | undefined): Gate {
    const row = this.#input.inventory.get(keyText(key));
    const blockedBy = this.#circle(key, cycles) ?? this.#unready(key);
    const foreign = row && row.origin !== this.#input.origin && this.#input.otherOrigins?.has(row.origin);
    return {
      ...this.#policy(row),
      ...(braked === undefined ? {} : { braked }),
      ...(blockedBy === undefined ? {} : { blockedBy }),
      ...(foreign ? { invalid: `declared by ${row.origin} as well` } : {}),
    };
  }

  #removalGate(key: ResourceKey, braked: string | undefined): Gate {
    const { complete, frozen, inventory, prune } = this.#input;
    const row = inventory.get(keyText(key));
    const needer = this.#needs.get(keyText(key));
    return {
      ...this.#policy(row),
      prune: mayPrune(complete, prune, frozen),
      ...(row ? { accepted: row.def } : {}),
      ...(row?.protected ? { protected: true } : {}),
      ...(needer === undefined ? {} : { neededBy: `${needer} still needs it` }),
      ...(braked === undefined ? {} : { braked }),
    };
  }

  #policy(row: Inventoried | undefined): Gate {
    const { maxDisruption } = this.#input;
    return {
      ...(maxDisruption === undefined ? {} : { maxDisruption }),
      ...(row?.suspended === undefined ? {} : { suspended: row.suspended }),
    };
  }

  #restartBrake(keys: readonly ResourceKey[]): string | undefined {
    if (this.#input.approved) return undefined;
    const restarting = keys.filter((key) =>
      this.#planOne(key, this.#policy(this.#input.inventory.get(keyText(key)))).steps.some(({ impact }) =>
        isRestart(impact),
      ),
    );
    return brake('restarts', restarting.length, this.#input.desired.size);
  }

  #removalBrake(gone: ReadonlyMap<KeyText, Def>): string | undefined {
    if (this.#input.approved) return undefined;
    let total = 0;
    for (const { origin } of this.#input.inventory.values()) if (origin === this.#input.origin) total++;
    return brake('removals', gone.size, total);
  }

  #circle(key: ResourceKey, cycles: Plan['cycles']): string | undefined {
    const cycle = cycles.find((keys) => keys.includes(keyText(key)));
    return cycle && `needs itself: ${[...cycle, cycle[0]].join(' → ')}`;
  }

  /** The first reference that nothing provides, or that will not be ready. */
  #unready(key: ResourceKey): string | undefined {
    const def = this.#input.desired.get(keyText(key));
    if (!def) return undefined;
    for (const { key: need, path } of rulesOf(this.#kinds, key.kind).references(def)) {
      const text = keyText(need);
      const planned = this.#plans.get(text);
      if (planned && !planned.ready) return `waits for ${text}`;
      if (!planned && !this.#input.inventory.has(text))
        return `${path} names ${text}, which nothing declares`;
    }
    return undefined;
  }

  #need(text: KeyText, def: Def): void {
    const rules = rulesOf(this.#kinds, def.kind);
    const live = this.#input.live.get(text);
    const uses = live === undefined ? [] : (rules.uses?.(live) ?? []);
    for (const { key } of [...rules.references(def), ...uses]) {
      const need = keyText(key);
      const known = this.#needs.get(need);
      if (known === undefined || text < known) this.#needs.set(need, text);
    }
  }
}

function mayPrune(complete: boolean, prune: boolean, frozen: string | undefined): NonNullable<Gate['prune']> {
  if (!complete)
    return { reason: 'SourceUnavailable', message: frozen ?? 'the source was not read completely' };
  return prune || { reason: 'NotInInventory', message: 'no longer declared; `apply --prune` removes it' };
}

function summarize(plans: readonly ResourcePlan[], { desired, inventory }: PlanWorldInput): PlanSummary {
  const counts = { create: 0, change: 0, restart: 0, remove: 0, held: 0, unchanged: 0 };
  for (const { key, steps, held, inForce } of plans) {
    const text = keyText(key);
    if (held.length > 0) counts.held++;
    if (steps.length === 0) {
      if (held.length === 0) counts.unchanged++;
    } else if (!desired.has(text) && inForce === undefined) counts.remove++;
    else if (!inventory.has(text)) counts.create++;
    else if (steps.some(({ impact }) => isRestart(impact))) counts.restart++;
    else counts.change++;
  }
  const impact = worstImpact(plans.flatMap(({ steps }) => steps.map((step) => step.impact)));
  return { ...counts, impact };
}
