import fc from 'fast-check';
import { expect, test } from 'vitest';
import { baselineCapabilities } from '../../src/kinds/domain/baseline-capabilities.ts';
import { kinds } from '../../src/kinds/table.ts';
import type { DomainDef, RunStrategy } from '../../src/model/domain.ts';
import type { LiveDomain, ShutdownReason } from '../../src/model/domain-live.ts';
import { type Impact, impacts } from '../../src/model/plan.ts';
import { type Def, keyText, type Live } from '../../src/model/resource.ts';
import { type Inventoried, type PlanWorldInput, planWorld } from '../../src/plan/plan-world.ts';

const here = '/specs';
const names = ['a', 'b', 'c', 'd'];

const definition = (name: string): fc.Arbitrary<DomainDef> =>
  fc
    .record({
      memory: fc.constantFrom(64, 128).map((mib) => mib * 1024 * 1024),
      runStrategy: fc.constantFrom<RunStrategy>(
        'Always',
        'UnlessStopped',
        'RerunOnFailure',
        'Once',
        'Manual',
        'Halted',
      ),
      restartPolicy: fc.constantFrom('Manual' as const, 'Immediate' as const),
      deletionPolicy: fc.constantFrom('Shutdown' as const, 'Destroy' as const),
      title: fc.constantFrom('one', 'two'),
    })
    .map(
      (spec): DomainDef =>
        kinds.Domain.complete(
          { kind: 'Domain', metadata: { name }, spec: { ...spec, accel: 'tcg' } },
          undefined,
          baselineCapabilities,
        ),
    );

const stopReason = fc.constantFrom<ShutdownReason>(
  'guest-shutdown',
  'process-died',
  'host-qmp-quit',
  'guest-panic',
);

const facts = (name: string): fc.Arbitrary<LiveDomain | undefined> =>
  fc.option(
    fc
      .record({
        def: definition(name),
        up: fc.boolean(),
        reason: fc.option(stopReason, { nil: undefined }),
        starts: fc.nat(2),
      })
      .map(
        ({ def, up, reason, starts }): LiveDomain => ({
          name,
          uuid: def.spec.uuid ?? '',
          state: up ? 'running' : 'shutoff',
          ...(up ? { running: def } : {}),
          defined: def,
          ...(!up && reason
            ? { lastStop: { reason, byUs: false, at: '2026-01-01T00:00:00Z', bootId: 'b' } }
            : {}),
          starts: up ? starts + 1 : starts,
          bootId: 'b',
        }),
      ),
    { nil: undefined },
  );

const world = fc
  .record({
    desired: fc.tuple(...names.map((name) => fc.option(definition(name), { nil: undefined }))),
    live: fc.tuple(...names.map(facts)),
    origins: fc.tuple(...names.map(() => fc.constantFrom(here, '/elsewhere'))),
    protection: fc.tuple(...names.map(() => fc.boolean())),
    complete: fc.boolean(),
    prune: fc.boolean(),
    approved: fc.boolean(),
    maxDisruption: fc.option(fc.constantFrom<Impact>('none', 'live', 'restart'), { nil: undefined }),
  })
  .map(({ desired, live, origins, protection, complete, prune, approved, maxDisruption }): PlanWorldInput => {
    const inventory = live.flatMap((found, at): [string, Inventoried][] =>
      found
        ? [
            [
              `Domain/${names[at]}`,
              {
                def: found.defined as Def,
                origin: origins[at] ?? here,
                protected: protection[at] ?? false,
              },
            ],
          ]
        : [],
    );
    return {
      desired: new Map(
        desired.flatMap((def): [string, Def][] => (def ? [[`Domain/${def.metadata.name}`, def]] : [])),
      ),
      live: new Map(
        live.flatMap((found): [string, Live][] => (found ? [[`Domain/${found.name}`, found]] : [])),
      ),
      inventory: new Map(inventory),
      origin: here,
      complete,
      prune,
      approved,
      ...(maxDisruption ? { maxDisruption } : {}),
    };
  });

/** What the steps make of the world, by the model of success. */
function after(input: PlanWorldInput): Map<string, LiveDomain> {
  const result = new Map(input.live) as Map<string, LiveDomain>;
  for (const { key, action } of planWorld(input, kinds).steps) {
    const text = keyText(key);
    const next = kinds.Domain.apply(result.get(text), action as never, key as never);
    if (next) result.set(text, next);
    else result.delete(text);
  }
  return result;
}

/** Judges by itself, without the planner's own idea of drift. */
function mustRun(def: DomainDef, before: LiveDomain | undefined): boolean | undefined {
  const reason = before?.lastStop?.reason;
  switch (def.spec.runStrategy) {
    case 'Always':
      return true;
    case 'Halted':
      return false;
    case 'UnlessStopped':
    case 'RerunOnFailure':
      return reason === 'guest-shutdown'
        ? undefined
        : before?.state === 'running' || reason !== 'host-qmp-quit'
          ? true
          : undefined;
    default:
      return undefined;
  }
}

test('applying the plan makes the world equal the definitions, or the difference is held', () => {
  fc.assert(
    fc.property(world, (input) => {
      const { held } = planWorld(input, kinds);
      const waits = new Set(held.map(({ key }) => keyText(key)));
      const result = after(input);
      for (const [text, def] of input.desired as Map<string, DomainDef>) {
        if (waits.has(text)) continue;
        const live = result.get(text);
        expect(live?.defined, text).toEqual(def);
        // A title that changed needs no restart, so what runs may still carry the old one.
        if (live?.running) expect(live.running.spec.memory, text).toBe(def.spec.memory);
        const wanted = mustRun(def, input.live.get(text) as LiveDomain | undefined);
        if (wanted !== undefined)
          expect(live?.state === 'running', `${text} ${def.spec.runStrategy}`).toBe(wanted);
      }
      for (const text of input.live.keys()) {
        if (!input.desired.has(text) && !waits.has(text) && input.inventory.get(text)?.origin === here)
          expect(result.has(text), text).toBe(false);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('only what this source made is removed, never from a partial read, never what is protected', () => {
  fc.assert(
    fc.property(world, (input) => {
      const result = after(input);
      for (const text of input.live.keys()) {
        if (result.has(text)) continue;
        const row = input.inventory.get(text);
        expect(row?.origin).toBe(here);
        expect(row?.protected).toBe(false);
        expect(input.complete && input.prune && !input.desired.has(text)).toBe(true);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('no step is worse than the disruption that is allowed', () => {
  fc.assert(
    fc.property(world, (input) => {
      const limit = impacts.indexOf(input.maxDisruption ?? 'dataloss');
      for (const { impact } of planWorld(input, kinds).steps)
        expect(impacts.indexOf(impact)).toBeLessThanOrEqual(limit);
    }),
    { numRuns: 1_000 },
  );
});

test('the order in which things come in does not matter', () => {
  const reversed = <V>(map: ReadonlyMap<string, V>) => new Map([...map].reverse());
  fc.assert(
    fc.property(world, (input) => {
      const other = {
        ...input,
        desired: reversed(input.desired),
        live: reversed(input.live),
        inventory: reversed(input.inventory),
      };
      expect(planWorld(other, kinds)).toEqual(planWorld(input, kinds));
    }),
    { numRuns: 300 },
  );
});

test('where nothing was held, a second plan has nothing to do', () => {
  fc.assert(
    fc.property(world, (input) => {
      if (planWorld(input, kinds).held.length > 0) return;
      const result = after(input);
      const inventory = new Map(
        [...result].map(([text, { defined }]): [string, Inventoried] => [
          text,
          { origin: here, ...input.inventory.get(text), def: defined as Def },
        ]),
      );
      expect(planWorld({ ...input, live: result, inventory }, kinds).steps).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});
