import { describe, expect, test } from 'vitest';
import { applyVolume } from '../../../src/kinds/volume/apply.ts';
import { volumeRules } from '../../../src/kinds/volume/rules.ts';
import type { LiveVolume, VolumeAction, VolumeDef, VolumeSpec } from '../../../src/model/volume.ts';
import { readXml } from '../../../src/xml/reader.ts';
import { writeXml } from '../../../src/xml/writer.ts';

const key = { kind: 'Volume', name: 'data' } as const;
const gib = 1024 ** 3;

function volume(spec: Partial<VolumeSpec> = {}): VolumeDef {
  const def: VolumeDef = { kind: 'Volume', metadata: { name: 'data' }, spec: { capacity: gib, ...spec } };
  return volumeRules.complete(def, undefined, { defaultDirectory: '/volumes' });
}

const here = (def: VolumeDef, change: Partial<LiveVolume> = {}): LiveVolume => ({
  name: 'data',
  path: def.spec.path ?? '',
  exists: true,
  format: def.spec.format ?? 'raw',
  capacity: def.spec.capacity,
  defined: def,
  ...change,
});

function plan(desired: VolumeDef | undefined, live: LiveVolume | undefined) {
  const changes = volumeRules.drift(desired, live);
  const { steps, held } = volumeRules.plan({ key, desired, live, changes });
  return {
    actions: steps.map(({ action }) => action.type),
    impacts: steps.map(({ impact }) => impact),
    held: held.map(({ reason, impact }) => `${reason} ${impact}`),
  };
}

describe('completion', () => {
  test('gives a path by name and format, and keeps what it gave before', () => {
    expect(volume().spec).toMatchObject({
      path: '/volumes/data.raw',
      format: 'raw',
      reclaimPolicy: 'Retain',
    });
    const moved = volumeRules.complete(volume({ format: 'qcow2' }), volume({ path: '/old/data' }), {
      defaultDirectory: '/new',
    });
    expect(moved.spec.path).toBe('/volumes/data.qcow2');
    const plainDef: VolumeDef = { kind: 'Volume', metadata: { name: 'data' }, spec: { capacity: gib } };
    expect(
      volumeRules.complete(plainDef, volume({ path: '/old/data' }), { defaultDirectory: '/new' }).spec.path,
    ).toBe('/old/data');
  });

  test('twice is once', () => {
    const once = volume();
    expect(volumeRules.complete(once, undefined, { defaultDirectory: '/other' })).toEqual(once);
  });
});

describe('the plan', () => {
  test('makes what is not there', () => {
    expect(plan(volume(), undefined)).toMatchObject({ actions: ['define', 'create'], held: [] });
  });

  test('does nothing when all is as wanted, also where qemu-img has rounded up', () => {
    const def = volume({ capacity: gib - 100 });
    expect(plan(def, here(def, { capacity: gib }))).toEqual({ actions: [], impacts: [], held: [] });
    const labelled = { ...def, metadata: { ...def.metadata, labels: { app: 'web' } } };
    expect(plan(labelled, here(def, { capacity: gib }))).toMatchObject({ actions: ['define'], held: [] });
  });

  test('grows', () => {
    const old = volume();
    expect(plan(volume({ capacity: 2 * gib }), here(old))).toMatchObject({
      actions: ['define', 'grow'],
      held: [],
    });
  });

  test('never shrinks, and says what it would cost', () => {
    const old = volume({ capacity: 2 * gib });
    const { actions, held } = plan(volume(), here(old));
    expect(actions).not.toContain('grow');
    expect(held).toEqual(['NotSupported dataloss']);
  });

  test.each<[string, Partial<VolumeSpec>]>([
    ['another format', { format: 'qcow2', path: '/volumes/data.raw' }],
    ['another path', { path: '/elsewhere/data.raw' }],
  ])('never makes a volume anew for %s', (_, change) => {
    const { actions, held } = plan(volume(change), here(volume()));
    expect(actions.filter((action) => action !== 'define')).toEqual([]);
    expect(held).toEqual(['NotSupported recreate']);
  });

  test('touches nothing that it cannot judge', () => {
    const live = here(volume(), { confusion: 'not a qcow2 image' });
    expect(plan(volume({ capacity: 2 * gib }), live)).toMatchObject({ actions: [], held: ['Unknown none'] });
  });

  test('keeps the file when its spec goes, unless the spec gave it away', () => {
    expect(plan(undefined, here(volume()))).toMatchObject({ actions: ['undefine'], impacts: ['none'] });
    expect(plan(undefined, here(volume({ reclaimPolicy: 'Delete' })))).toMatchObject({
      actions: ['delete', 'undefine'],
      impacts: ['dataloss', 'none'],
    });
  });
});

describe('the model of success', () => {
  test('each action leads where the plan wants to be', () => {
    const def = volume();
    const bigger = volume({ capacity: 2 * gib });
    const actions: readonly VolumeAction[] = [
      { type: 'define', def },
      { type: 'create', def },
      { type: 'define', def: bigger },
      { type: 'grow', def: bigger, capacity: 2 * gib },
    ];
    let live: LiveVolume | undefined;
    for (const action of actions) live = applyVolume(live, action, key);
    expect(volumeRules.drift(bigger, live)).toEqual([]);
    expect(applyVolume(live, { type: 'create', def }, key)).toEqual(live);
    expect(applyVolume(live, { type: 'undefine' }, key)).toBeUndefined();
  });

  test('to grow to less is to stay', () => {
    const def = volume();
    expect(applyVolume(here(def), { type: 'grow', def, capacity: 1 }, key)?.capacity).toBe(gib);
  });
});

describe('validation', () => {
  test('only qcow2 has a backing file, and never itself', () => {
    const backingFile = { path: '/base.img', format: 'raw' } as const;
    const codes = (spec: Partial<VolumeSpec>) => volumeRules.validate(volume(spec)).map(({ path }) => path);
    expect(codes({ format: 'qcow2', backingFile })).toEqual([]);
    expect(codes({ format: 'raw', backingFile })).toEqual(['spec.backingFile']);
    expect(codes({ format: 'qcow2', backingFile, path: '/base.img' })).toEqual(['spec.backingFile.path']);
  });
});

describe("libvirt's <volume>", () => {
  test('means the same as YAML, both ways', () => {
    const def = volume({
      format: 'qcow2',
      backingFile: { path: '/base.img', format: 'raw' },
      reclaimPolicy: 'Delete',
    });
    const { root } = readXml(writeXml(volumeRules.codec.toXml(def)));
    expect(root && volumeRules.codec.fromXml(root)).toMatchObject({ def, problems: [] });
    expect(
      volumeRules.codec.fromYaml({
        apiVersion: 'qonverge/v1',
        kind: 'Volume',
        ...(volumeRules.codec.toYaml(def) as object),
      }),
    ).toMatchObject({ def });
  });

  test('units are read', () => {
    const { root } = readXml(
      `<volume><name>data</name><capacity unit='G'>2</capacity><target><format type='qcow2'/></target></volume>`,
    );
    expect(root && volumeRules.codec.fromXml(root).def).toMatchObject({
      metadata: { name: 'data' },
      spec: { capacity: 2 * gib, format: 'qcow2' },
    });
  });
});

test('status words', () => {
  const def = volume();
  expect(
    [here(def), here(def, { exists: false }), here(def, { confusion: 'x' }), undefined].map(
      (live) => volumeRules.summary(live).state,
    ),
  ).toEqual(['available', 'missing', 'unknown', 'missing']);
});
