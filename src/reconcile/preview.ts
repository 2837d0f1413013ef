import type { Driver } from '../drivers/contract.ts';
import type { Held } from '../model/plan.ts';
import { type Def, type KeyText, type Kind, keyOf, keyText, type Live } from '../model/resource.ts';
import { type Inventoried, type Plan, type PlanWorldInput, planWorld } from '../plan/plan-world.ts';
import { renameIn } from '../plan/renames.ts';
import { rulesOf } from '../plan/rules-of.ts';
import type { DesiredState } from '../source/contract.ts';
import type { ControllerDeps } from './deps.ts';
import { suspension } from './gate.ts';
import { rollbackHeld, rollbackOf } from './rollback.ts';
import { windowState } from './window-state.ts';

/** What would be done for this source, with the facts of now. Changes nothing. */
export async function preview(
  { origin, state, approved, otherOrigins }: PreviewOf,
  { kinds, drivers, store, clock, prune, maxDisruption, wall, approvals }: ControllerDeps,
  signal: AbortSignal,
): Promise<Plan> {
  const driverOf = (kind: Kind) => drivers[kind] as unknown as Driver<Kind>;
  const desired = new Map<KeyText, Def>();
  const live = new Map<KeyText, Live>();
  const inventory = new Map<KeyText, Inventoried>();
  for (const record of store.all()) inventory.set(keyText(record.key), inventoried(record, clock.now()));
  const renames = renameIn(inventory, { ...state, origin }, kinds);
  const recordOf = (text: KeyText) => store.at(renames.get(text) ?? text);
  const held: Held[] = [];
  const forbidden = wall?.judge(origin, state.declared).forbidden;
  for (const [text, declared] of state.declared) {
    const { key, def } = declared;
    const record = recordOf(text);
    const back = rollbackOf({ declaration: { origin, declared } }, record);
    if (record && back) {
      desired.set(text, record.def);
      held.push(rollbackHeld(key, back));
      continue;
    }
    // To ask an emulator is to run it: none that the policy refuses.
    const capabilities = await driverOf(key.kind).capabilities(forbidden?.has(text) ? undefined : def);
    const previous = inventory.get(text)?.def;
    desired.set(text, rulesOf(kinds, key.kind).complete(def, previous, capabilities));
  }
  // What a bad file mentions is not absent.
  for (const text of state.problems.keys()) {
    const row = inventory.get(text);
    if (row && !desired.has(text)) desired.set(text, row.def);
  }
  const known = new Map([...inventory].map(([text, { def }]): [KeyText, Def] => [text, def]));
  for (const [text, def] of desired) known.set(text, def);
  await Promise.all(
    [...known].map(async ([text, def]) => {
      const facts = await driverOf(def.kind).observe(recordOf(text)?.key ?? keyOf(def), signal);
      if (facts) live.set(text, facts);
    }),
  );
  const plan = planWorld(
    {
      desired,
      live,
      inventory,
      origin,
      otherOrigins,
      prune,
      complete: state.complete,
      windowOf: (def) => {
        const windows = rulesOf(kinds, def.kind).windows?.(def) ?? [];
        return windows.length > 0 ? windowState(windows, clock.now()) : undefined;
      },
      approved,
      allowed: allowedFor(origin, state, approvals),
      ...(forbidden ? { forbidden } : {}),
      ...(state.frozen === undefined ? {} : { frozen: state.frozen }),
      ...(maxDisruption === undefined ? {} : { maxDisruption }),
    },
    kinds,
  );
  return { ...plan, held: [...held, ...plan.held] };
}

export interface PreviewOf {
  readonly origin: string;
  readonly state: DesiredState;
  readonly approved: boolean;
  /** What is loaded beside it. */
  readonly otherOrigins: ReadonlySet<string>;
}

type Stored = Parameters<ControllerDeps['store']['put']>[0];

function inventoried(record: Stored, now: Date): Inventoried {
  const suspended = suspension(record, now);
  return {
    def: record.def,
    origin: record.origin.source,
    ...(record.origin.file === undefined ? {} : { file: record.origin.file }),
    ...(record.protected ? { protected: true } : {}),
    ...(suspended === undefined ? {} : { suspended }),
  };
}

/** By name, and what the revision itself brings. */
function allowedFor(
  origin: string,
  state: DesiredState,
  approvals: ControllerDeps['approvals'],
): NonNullable<PlanWorldInput['allowed']> {
  const allowed = { delete: new Set<KeyText>(), restart: new Map<KeyText, string>() };
  const known = approvals.all().filter(({ source }) => source === undefined || source === origin);
  for (const { what, key = '', by } of [...known, ...(state.approvals ?? [])]) {
    if (what === 'delete') allowed.delete.add(key);
    if (what === 'restart') allowed.restart.set(key, by);
  }
  return allowed;
}
