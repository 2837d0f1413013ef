import type { KindTable, WindowState } from '../kinds/contract.ts';
import { needsConfirmation } from '../model/approval.ts';
import { type Held, type Impact, type Step, worstImpact } from '../model/plan.ts';
import {
  type Def,
  type KeyText,
  type Kind,
  keyOf,
  keyText,
  type Live,
  type ResourceKey,
} from '../model/resource.ts';
import { brake, confirmation } from './brake.ts';
import { heldUuids } from './held-uuids.ts';
import { orderByDependency } from './order.ts';
import { type Gate, isRestart, planResource, type ResourcePlan } from './plan-resource.ts';
import { rulesOf } from './rules-of.ts';
import { uuidOf } from './uuid-of.ts';

/** What the inventory says of one resource. */
export interface Inventoried {
  /** As last accepted. */
  readonly def: Def;
  readonly origin: string;
  /** The file of that source. */
  readonly file?: string;
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
  /** What the host's policy refuses, and why. */
  readonly forbidden?: ReadonlyMap<KeyText, string>;
  /** Where now stands in the maintenance windows of a definition. */
  readonly windowOf?: (def: Def) => WindowState | undefined;
  /** A person let this revision through the brake. */
  readonly approved?: boolean;
  /** What was let through by name. */
  readonly allowed?: {
    readonly delete: ReadonlySet<KeyText>;
    /** And by whom. */
    readonly restart: ReadonlyMap<KeyText, string>;
  };
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
  readonly #neededBy = new Map<KeyText, KeyText>();
  readonly #uuids: ReadonlyMap<string, KeyText>;

  constructor(input: PlanWorldInput, kinds: KindTable) {
    this.#input = input;
    this.#kinds = kinds;
    this.#uuids = heldUuids(input, kinds);
  }

  plan(): { all: readonly ResourcePlan[]; cycles: Plan['cycles'] } {
    const { desired, inventory, live } = this.#input;
    const gone = this.#gone();
    // What stays needs what it names, and what it still holds on to.
    for (const [text, def] of desired) this.#needs(text, def);
    for (const [text, { def }] of inventory)
      if (!gone.has(text) && !desired.has(text)) this.#needs(text, def);
    for (const text of live.keys()) if (!gone.has(text)) this.#uses(text);

    const braked = this.#removalBrake(gone);
    const removed: ResourcePlan[] = [];
    const staying = new Map(desired);
    for (const key of orderByDependency(gone, this.#kinds).keys.toReversed()) {
      const plan = this.#planOne(key, this.#removalGate(key, braked));
      const def = gone.get(keyText(key));
      if (plan.held.length === 0 || !def) removed.push(plan);
      else {
        staying.set(keyText(key), def);
        this.#needs(keyText(key), def);
        this.#uses(keyText(key));
      }
    }
    const { keys, cycles } = orderByDependency(staying, this.#kinds);
    const restarts = this.#restartBrake();
    for (const key of keys) {
      const text = keyText(key);
      const blockedBy = this.#circle(key, cycles) ?? this.#unready(staying.get(text));
      const gate = desired.has(text)
        ? this.#gate(key, restarts)
        : { ...this.#removalGate(key, braked), accepted: staying.get(text) as Def };
      this.#plans.set(
        text,
        this.#planOne(key, { ...gate, ...(blockedBy === undefined ? {} : { blockedBy }) }),
      );
    }
    return { all: [...this.#plans.values(), ...removed], cycles };
  }

  #planOne(key: ResourceKey, gate: Gate): ResourcePlan {
    const text = keyText(key);
    const rules = rulesOf(this.#kinds, key.kind);
    const desired = this.#input.desired.get(text);
    const window = desired && this.#input.windowOf?.(desired);
    return planResource(key, rules, desired, this.#input.live.get(text), {
      ...gate,
      ...(window ? { window } : {}),
    });
  }

  /** Inventoried by this source and wanted no more. */
  #gone(): Map<KeyText, Def> {
    const gone = new Map<KeyText, Def>();
    for (const [text, { def, origin }] of this.#input.inventory)
      if (!this.#input.desired.has(text) && origin === this.#input.origin) gone.set(text, def);
    return gone;
  }

  #gate(key: ResourceKey, braking: string | undefined): Gate {
    const approvedBy = this.#input.allowed?.restart.get(keyText(key));
    const braked = approvedBy === undefined ? braking : undefined;
    const row = this.#input.inventory.get(keyText(key));
    const forbidden = this.#input.forbidden?.get(keyText(key));
    const foreign = row && row.origin !== this.#input.origin && this.#input.otherOrigins?.has(row.origin);
    return {
      ...this.#policy(row),
      ...(approvedBy === undefined ? {} : { approvedBy }),
      ...(braked === undefined ? {} : { braked }),
      ...(forbidden === undefined ? {} : { forbidden }),
      ...this.#conflict(key),
      ...(foreign ? { invalid: `declared by ${ownerOf(row)} as well` } : {}),
    };
  }

  /** A uuid belongs to the machine of this host that was accepted with it first, whatever source that comes from. */
  #conflict(key: ResourceKey): Gate {
    const text = keyText(key);
    const def = this.#input.desired.get(text);
    const uuid = def && uuidOf(def, this.#kinds);
    const holder = uuid === undefined ? undefined : this.#uuids.get(uuid);
    const row = holder === undefined || holder === text ? undefined : this.#input.inventory.get(holder);
    return row
      ? { invalid: `uuid ${uuid} belongs to ${holder} of ${ownerOf(row)}: give it another one` }
      : {};
  }

  #removalGate(key: ResourceKey, braking: string | undefined): Gate {
    const text = keyText(key);
    const allowed = this.#input.allowed?.delete.has(text) === true;
    const braked = allowed ? undefined : braking;
    const { complete, frozen, inventory, prune } = this.#input;
    const row = inventory.get(text);
    const needer = this.#neededBy.get(text);
    return {
      ...this.#policy(row),
      prune: mayPrune(complete, prune, frozen),
      ...(row?.protected ? { protected: true } : {}),
      ...(row && !allowed && needsConfirmation(row.def.metadata.annotations)
        ? { confirm: confirmation(text) }
        : {}),
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

  #restartBrake(): string | undefined {
    const { approved, desired, inventory, allowed } = this.#input;
    if (approved) return undefined;
    const restarting = [...desired].filter(
      ([text, def]) =>
        !allowed?.restart.has(text) &&
        this.#planOne(keyOf(def), this.#policy(inventory.get(text))).steps.some(({ impact }) =>
          isRestart(impact),
        ),
    );
    return brake('restarts', restarting.length, desired.size);
  }

  #removalBrake(gone: ReadonlyMap<KeyText, Def>): string | undefined {
    if (this.#input.approved) return undefined;
    let total = 0;
    for (const { origin } of this.#input.inventory.values()) if (origin === this.#input.origin) total++;
    const counted = [...gone.keys()].filter((text) => !this.#input.allowed?.delete.has(text));
    return brake('removals', counted.length, total);
  }

  #circle(key: ResourceKey, cycles: Plan['cycles']): string | undefined {
    const cycle = cycles.find((keys) => keys.includes(keyText(key)));
    return cycle && `needs itself: ${[...cycle, cycle[0]].join(' → ')}`;
  }

  /** The first reference that nothing provides, or that will not be ready. */
  #unready(def: Def | undefined): string | undefined {
    if (!def) return undefined;
    for (const { key, path } of rulesOf(this.#kinds, def.kind).references(def)) {
      const text = keyText(key);
      const planned = this.#plans.get(text);
      if (planned && !(planned.ready && this.#serves(planned))) return `waits for ${text}`;
      if (!planned && !this.#input.inventory.has(text))
        return `${path} names ${text}, which nothing declares`;
    }
    return undefined;
  }

  #serves({ key, inForce }: ResourcePlan): boolean {
    const live = this.#input.live.get(keyText(key));
    return inForce === undefined || (rulesOf(this.#kinds, key.kind).serves?.(inForce, live) ?? true);
  }

  #needs(text: KeyText, def: Def): void {
    for (const { key } of rulesOf(this.#kinds, def.kind).references(def)) this.#need(keyText(key), text);
  }

  #uses(text: KeyText): void {
    const live = this.#input.live.get(text);
    const [kind] = text.split('/', 1);
    if (!live) return;
    for (const { key } of rulesOf(this.#kinds, kind as Kind).uses?.(live) ?? [])
      this.#need(keyText(key), text);
  }

  /** One of those who need it is named, always the same. */
  #need(needed: KeyText, by: KeyText): void {
    const known = this.#neededBy.get(needed);
    if (known === undefined || by < known) this.#neededBy.set(needed, by);
  }
}

function ownerOf({ origin, file }: Inventoried): string {
  return file === undefined || file.startsWith(origin) ? (file ?? origin) : `${origin} (${file})`;
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
