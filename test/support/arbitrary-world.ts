import fc from 'fast-check';
import type { DomainDef } from '../../src/model/domain.ts';
import type { LiveDomain } from '../../src/model/domain-live.ts';
import { impacts } from '../../src/model/plan.ts';
import { type Def, type KeyText, keyOf, keyText, type Live } from '../../src/model/resource.ts';
import type { LiveVolume, VolumeDef } from '../../src/model/volume.ts';
import type { Inventoried, PlanWorldInput } from '../../src/plan/plan-world.ts';
import { sometimes } from './arbitraries.ts';
import { boot, domain } from './live-domain.ts';

const volumeNames = ['v0', 'v1', 'v2'];

/** Everything a planner can meet: any spec, any facts, any inventory, any policy. Few fields, all their meetings. */
export function arbitraryWorld(): fc.Arbitrary<PlanWorldInput> {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  return fc
    .record({
      all: fc.tuple(...names.map(domainRow), ...volumeNames.map(volumeRow)),
      some: fc.subarray([...names.keys(), 8, 9, 10]),
      policy: sometimes<Pick<PlanWorldInput, 'maxDisruption' | 'approved' | 'otherOrigins'>>({
        maxDisruption: fc.constantFrom(...impacts),
        approved: fc.boolean(),
        otherOrigins: fc.constant(new Set(['elsewhere'])),
      }),
      complete: mostly(true),
      prune: mostly(true),
    })
    .map(({ all, some, policy, complete, prune }) => {
      const desired = new Map<KeyText, Def>();
      const live = new Map<KeyText, Live>();
      const inventory = new Map<KeyText, Inventoried>();
      for (const at of some) {
        const row = all[at];
        if (!row) continue;
        const text = keyText(keyOf(row.spec));
        if (row.isDesired) desired.set(text, row.spec);
        if (row.live) live.set(text, row.live);
        if (row.record) inventory.set(text, row.record);
      }
      return { desired, live, inventory, origin: 'here', complete, prune, ...policy };
    });
}

interface Row {
  readonly spec: Def;
  readonly isDesired: boolean;
  readonly live?: Live | undefined;
  readonly record?: Inventoried | undefined;
}

function domainRow(name: string): fc.Arbitrary<Row> {
  return fc
    .record({
      spec: spec(name),
      old: spec(name),
      older: spec(name),
      same: mostly(true),
      rest: rest(),
      facts: facts(),
    })
    .map(({ spec, old, older, same, rest, facts }) => {
      const accepted = same ? structuredClone(spec) : old;
      return row(spec, accepted, rest, {
        ...facts,
        name,
        uuid: `uuid-${name}`,
        bootId: boot,
        ...(rest.isKnown ? { defined: accepted } : {}),
        ...(facts.state === 'shutoff' ? {} : { running: same ? accepted : older }),
      });
    });
}

function volumeRow(name: string): fc.Arbitrary<Row> {
  const volume = fc
    .record({
      capacity: fc.constantFrom(1024, 2048),
      reclaimPolicy: fc.constantFrom<('Retain' | 'Delete')[]>('Retain', 'Delete'),
    })
    .map(
      (spec): VolumeDef => ({
        kind: 'Volume',
        metadata: { name },
        spec: { ...spec, path: `/${name}`, format: 'raw' },
      }),
    );
  return fc
    .record({ spec: volume, old: volume, same: mostly(true), rest: rest(), exists: mostly(true) })
    .map(({ spec, old, same, rest, exists }) => {
      const accepted = same ? structuredClone(spec) : old;
      const facts: LiveVolume = {
        name,
        path: `/${name}`,
        exists,
        ...(exists ? { capacity: accepted.spec.capacity, format: 'raw' } : {}),
        ...(rest.isKnown ? { defined: accepted } : {}),
      };
      return row(spec, accepted, rest, facts);
    });
}

interface Rest {
  readonly isDesired: boolean;
  readonly isKnown: boolean;
  readonly isThere: boolean;
  readonly record: Omit<Inventoried, 'def'>;
}

function rest(): fc.Arbitrary<Rest> {
  return fc.record({
    isDesired: fc.boolean(),
    isKnown: mostly(true),
    isThere: fc.boolean(),
    record: fc.oneof(
      { weight: 4, arbitrary: fc.constant({ origin: 'here' }) },
      {
        weight: 1,
        arbitrary: sometimes<Omit<Inventoried, 'def' | 'file'>>(
          {
            origin: fc.constantFrom('here', 'elsewhere'),
            protected: fc.boolean(),
            suspended: fc.constant('by alice'),
          },
          ['origin'],
        ),
      },
    ),
  });
}

/** What is on record is there, as drivers say it; what is not may still be there. */
function row(spec: Def, accepted: Def, { isDesired, isKnown, isThere, record }: Rest, facts: Live): Row {
  if (isKnown) return { spec, isDesired, live: facts, record: { ...record, def: accepted } };
  return { spec, isDesired, ...(isThere ? { live: facts } : {}) };
}

function spec(name: string): fc.Arbitrary<DomainDef> {
  return fc
    .record({
      spec: sometimes<
        Pick<
          DomainDef['spec'],
          'runStrategy' | 'restartPolicy' | 'deletionPolicy' | 'autostart' | 'title' | 'vcpus'
        >
      >({
        runStrategy: fc.constantFrom('Always', 'UnlessStopped', 'RerunOnFailure', 'Once', 'Manual', 'Halted'),
        restartPolicy: fc.constantFrom('Manual', 'Immediate', 'Never'),
        deletionPolicy: fc.constantFrom('Shutdown', 'Destroy', 'Orphan'),
        autostart: fc.boolean(),
        title: fc.constantFrom('one', 'two'),
        vcpus: fc.constantFrom({ maximum: 1 }, { maximum: 2 }),
      }),
      volumes: fc.subarray(volumeNames, { maxLength: 2 }),
    })
    .map(({ spec, volumes }) =>
      domain(name, {
        ...spec,
        ...(volumes.length > 0
          ? { devices: { disks: volumes.map((volume) => ({ name: volume, volume })) } }
          : {}),
      }),
    );
}

type Facts = Pick<
  LiveDomain,
  'state' | 'starts' | 'lastStop' | 'intent' | 'autostartedBoot' | 'catchesReboot'
>;

function facts(): fc.Arbitrary<Facts> {
  return sometimes<Facts>(
    {
      state: fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom<LiveDomain['state'][]>('running', 'shutoff') },
        {
          weight: 1,
          arbitrary: fc.constantFrom<LiveDomain['state'][]>(
            'paused',
            'crashed',
            'pmsuspended',
            'in shutdown',
            'unknown',
          ),
        },
      ),
      starts: fc.nat(3),
      lastStop: fc.record({
        reason: fc.constantFrom(
          'guest-shutdown',
          'guest-panic',
          'process-died',
          'host-reboot',
          'host-qmp-quit',
          'start-failed',
        ),
        byUs: fc.boolean(),
        at: fc.constant(''),
        bootId: fc.constantFrom(boot, 'boot-1'),
      }),
      intent: sometimes<NonNullable<LiveDomain['intent']>>(
        {
          want: fc.constantFrom('running', 'stopped', 'paused'),
          by: fc.constant('alice'),
          at: fc.constant(''),
          bootId: fc.constantFrom(boot, 'boot-1'),
          starts: fc.nat(3),
          restart: fc.boolean(),
        },
        ['want', 'by', 'at', 'bootId'],
      ),
      autostartedBoot: fc.constantFrom(boot, 'boot-1'),
      catchesReboot: fc.boolean(),
    },
    ['state', 'starts'],
  );
}

function mostly(value: boolean): fc.Arbitrary<boolean> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant(value) },
    { weight: 1, arbitrary: fc.constant(!value) },
  );
}
