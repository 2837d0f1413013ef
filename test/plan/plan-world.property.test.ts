import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kinds } from '../../src/kinds/table.ts';
import type { DomainDef } from '../../src/model/domain.ts';
import type { LiveDomain } from '../../src/model/domain-live.ts';
import { impacts, type Step } from '../../src/model/plan.ts';
import { type Def, type KeyText, keyText, type Live } from '../../src/model/resource.ts';
import type { LiveVolume } from '../../src/model/volume.ts';
import { type Inventoried, type Plan, type PlanWorldInput, planWorld } from '../../src/plan/plan-world.ts';
import { rulesOf } from '../../src/plan/rules-of.ts';
import { arbitraryWorld } from '../support/arbitrary-world.ts';
import { boot } from '../support/live-domain.ts';

interface World {
  readonly live: Map<KeyText, Live>;
  readonly inventory: Map<KeyText, Inventoried>;
}

/** What the world becomes when every step works. */
function perform({ live, inventory }: PlanWorldInput, steps: readonly Step[]): World {
  const world: World = { live: new Map(live), inventory: new Map(inventory) };
  for (const { key, action } of steps) {
    const text = keyText(key);
    const after = rulesOf(kinds, key.kind).apply(world.live.get(text), action, key);
    if (after) world.live.set(text, after);
    else world.live.delete(text);
    if (action.type === 'define')
      world.inventory.set(text, { ...(world.inventory.get(text) ?? { origin: 'here' }), def: action.def });
    if (action.type === 'undefine') world.inventory.delete(text);
  }
  return world;
}

function law(judge: (input: PlanWorldInput, plan: Plan, world: World) => void, numRuns = 1_000): void {
  fc.assert(
    fc.property(arbitraryWorld(), (input) => {
      const plan = planWorld(input, kinds);
      judge(input, plan, perform(input, plan.steps));
    }),
    { numRuns },
  );
}

const heldKeys = ({ held }: Plan) => new Set(held.map(({ key }) => keyText(key)));
const isDomain = (def: Def | undefined): def is DomainDef => def?.kind === 'Domain';

/** What a guest sees of a definition; the rest is our own affair. */
function hardware({ spec }: DomainDef): unknown {
  const {
    runStrategy: _,
    restartPolicy: __,
    deletionPolicy: ___,
    autostart: ____,
    title: _____,
    ...rest
  } = spec;
  return rest;
}

describe('applying a plan', () => {
  test('makes the host equal to the definitions, or says what is held', () => {
    law((input, plan, world) => {
      const held = heldKeys(plan);
      for (const [text, def] of input.desired) {
        if (held.has(text)) continue;
        const after = world.live.get(text);
        expect(after?.defined).toEqual(def);
        if (isDomain(def)) {
          const { state, running } = after as LiveDomain;
          if (state !== 'shutoff' && running) expect(hardware(running)).toEqual(hardware(def));
        } else expect(after as LiveVolume).toMatchObject({ exists: true, capacity: def.spec.capacity });
      }
    });
  });

  test('gives every domain the power state that its run strategy asks for, and no other', () => {
    law((input, plan, world) => {
      const held = heldKeys(plan);
      for (const [text, def] of input.desired) {
        if (held.has(text) || !isDomain(def)) continue;
        const before = input.live.get(text) as LiveDomain | undefined;
        const after = world.live.get(text) as LiveDomain;
        expect(['running', 'paused', 'pmsuspended', 'shutoff']).toContain(after.state);
        expect(powerStates(def, before), JSON.stringify(before)).toContain(
          after.state === 'shutoff' ? 'down' : 'up',
        );
        if (after.state !== 'shutoff') expect(after.intent?.restart ?? false).toBe(false);
      }
    });
  });

  test('leaves nothing for a second plan, when nothing is held', () => {
    law((input, plan, world) => {
      if (plan.held.length > 0) return;
      const second = planWorld({ ...input, ...world }, kinds);
      expect(second).toMatchObject({ steps: [], held: [] });
    });
  });

  test('changes nothing at all when no step is planned', () => {
    law(({ live }, { steps }, world) => {
      const touched = new Set(steps.map(({ key }) => keyText(key)));
      for (const [text, facts] of live) if (!touched.has(text)) expect(world.live.get(text)).toBe(facts);
    });
  });
});

/** The table of run strategies, said anew: states that are right after the plan. */
function powerStates({ spec }: DomainDef, before: LiveDomain | undefined): readonly ('up' | 'down')[] {
  const { runStrategy = 'Always', autostart = false } = spec;
  const up = before !== undefined && ['running', 'paused', 'pmsuspended'].includes(before.state);
  const stays = [up ? 'up' : 'down'] as const;
  if (runStrategy === 'Halted') return ['down'];
  if (runStrategy === 'Always') return ['up'];
  const stop = before?.lastStop;
  const quietThisBoot =
    before?.autostartedBoot !== (before?.bootId ?? '') &&
    !(stop?.bootId === boot && !['host-reboot', 'start-failed'].includes(stop.reason));
  // The autostart of this boot ended what was ordered in an earlier one.
  const ended = before?.autostartedBoot === boot && before.intent?.bootId !== boot;
  const ordered = before?.intent?.want === 'stopped' && !ended;
  if (runStrategy === 'Manual' && autostart && quietThisBoot && !(ordered && before.intent?.bootId === boot))
    return ['up'];
  if (ordered) return ['down'];
  if (up) return ['up'];
  if (before?.intent?.want === 'running') {
    if (before.intent.restart || before.starts <= (before.intent.starts ?? 0)) return ['up'];
  }
  if (runStrategy === 'Manual') return stays;
  if (runStrategy === 'Once') return before === undefined || before.starts === 0 ? ['up'] : stays;
  return stop?.reason === 'guest-shutdown' ? ['down'] : ['up'];
}

describe('policy', () => {
  test('nothing is worse than the allowed disruption', () => {
    law(({ maxDisruption }, { steps }) => {
      if (maxDisruption === undefined) return;
      for (const { impact } of steps)
        expect(impacts.indexOf(impact)).toBeLessThanOrEqual(impacts.indexOf(maxDisruption));
    });
  });

  test('only what this source made is removed, from a whole read, when pruning, and never the protected', () => {
    law(({ inventory, desired, complete, prune }, { steps }) => {
      for (const { key, action } of steps) {
        if (action.type !== 'undefine') continue;
        const row = inventory.get(keyText(key));
        expect({ complete, prune, origin: row?.origin }).toEqual({
          complete: true,
          prune: true,
          origin: 'here',
        });
        expect(row?.protected ?? false).toBe(false);
        expect(desired.has(keyText(key))).toBe(false);
      }
    });
  });

  test('only what is declared or inventoried by this source is touched, and nothing that is suspended or unknown', () => {
    law(({ desired, inventory, live }, { steps }) => {
      for (const { key } of steps) {
        const text = keyText(key);
        expect(desired.has(text) || inventory.get(text)?.origin === 'here').toBe(true);
        expect(inventory.get(text)?.suspended).toBeUndefined();
        expect((live.get(text) as LiveDomain | undefined)?.state).not.toBe('unknown');
      }
    });
  });

  test('no more than two, or a quarter, go or restart without approval', () => {
    law(({ approved, inventory, desired }, { steps }) => {
      if (approved) return;
      const count = (is: (step: Step) => boolean) =>
        new Set(steps.filter(is).map(({ key }) => keyText(key))).size;
      const ours = [...inventory.values()].filter(({ origin }) => origin === 'here').length;
      expect(count(({ action }) => action.type === 'undefine')).toBeLessThanOrEqual(Math.max(2, ours / 4));
      const restarts = count(({ key, impact }) => desired.has(keyText(key)) && impact === 'restart');
      expect(restarts).toBeLessThanOrEqual(Math.max(2, desired.size / 4));
    });
  });

  test('what wants to be confirmed goes only when it is named, and what is named is not counted', () => {
    law((given) => {
      const inventory = new Map(
        [...given.inventory].map(([text, row]) => {
          const annotations = { 'qonverge/prune': 'confirm' };
          const def = { ...row.def, metadata: { ...row.def.metadata, annotations } } as Def;
          return [text, { ...row, def }];
        }),
      );
      const isGone = (text: string) => !given.desired.has(text) && inventory.get(text)?.origin === 'here';
      const named = new Set([...inventory.keys()].filter(isGone).slice(0, 4));
      const plan = (allowed: ReadonlySet<string>) =>
        planWorld({ ...given, inventory, allowed: { delete: allowed, restart: new Map() } }, kinds);
      const removed = ({ steps }: Plan) =>
        steps.filter(({ action }) => action.type === 'undefine').map(({ key }) => keyText(key));
      expect(removed(plan(new Set()))).toEqual([]);
      const done = plan(named);
      expect(removed(done).filter((text) => !named.has(text))).toEqual([]);
      const braked = done.held.filter(({ key, reason }) => reason === 'Brake' && named.has(keyText(key)));
      expect(braked).toEqual([]);
    }, 300);
  });

  test('no volume goes while something that stays names it or has it open', () => {
    law(({ desired, live }, { steps }, world) => {
      for (const { key, action } of steps) {
        if (key.kind !== 'Volume' || !['undefine', 'delete'].includes(action.type)) continue;
        for (const [text, facts] of world.live) {
          const before = live.get(text) as LiveDomain | undefined;
          for (const def of [
            desired.get(text),
            before?.running,
            'running' in facts ? facts.running : undefined,
          ])
            if (isDomain(def))
              expect((def.spec.devices?.disks ?? []).map(({ volume }) => volume)).not.toContain(key.name);
        }
      }
    });
  });
});

test('needs are made before what needs them, and go after it', () => {
  law(({ inventory }, { steps }) => {
    const at = (text: string, type: string) =>
      steps.findIndex(({ key, action }) => keyText(key) === text && action.type === type);
    for (const [index, { key, action }] of steps.entries()) {
      if (action.type === 'start')
        for (const { volume } of action.def.spec.devices?.disks ?? [])
          expect(at(`Volume/${volume}`, 'create')).toBeLessThan(index);
      const def = inventory.get(keyText(key))?.def;
      if (action.type !== 'undefine' || !isDomain(def)) continue;
      for (const { volume } of def.spec.devices?.disks ?? []) {
        const gone = at(`Volume/${volume}`, 'undefine');
        if (gone >= 0) expect(gone).toBeGreaterThan(index);
      }
    }
  });
});

test('equal input in any order gives the equal plan', () => {
  law((input, plan) => {
    const reversed = planWorld(
      {
        ...input,
        desired: new Map([...input.desired].reverse()),
        live: new Map([...input.live].reverse()),
        inventory: new Map([...input.inventory].reverse()),
      },
      kinds,
    );
    expect(reversed).toEqual(plan);
  }, 500);
});
