import { expect, test } from 'vitest';
import { baselineCapabilities } from '../../src/kinds/domain/baseline-capabilities.ts';
import { domainRules } from '../../src/kinds/domain/rules.ts';
import type { DomainDef } from '../../src/model/domain.ts';
import type { LiveDomain } from '../../src/model/domain-live.ts';
import { planResource } from '../../src/plan/plan-resource.ts';

const key = { kind: 'Domain', name: 'a' } as const;
const mebibyte = 2 ** 20;

function domain(change: Partial<DomainDef['spec']> = {}, link: 'up' | 'down' = 'up'): DomainDef {
  const def: DomainDef = {
    kind: 'Domain',
    metadata: { name: 'a' },
    spec: {
      memory: 256 * mebibyte,
      restartPolicy: 'Immediate',
      vcpus: { maximum: 4, current: 1 },
      iothreads: 1,
      devices: { interfaces: [{ name: 'lan', type: 'user', link }] },
      ...change,
    },
  };
  return domainRules.complete(def, undefined, baselineCapabilities);
}
function runs(def: DomainDef): LiveDomain {
  const { uuid = '' } = def.spec;
  return {
    name: 'a',
    uuid,
    state: 'running',
    runState: 'running',
    running: def,
    defined: def,
    starts: 1,
    bootId: '',
  };
}
const planned = (desired: DomainDef, maxDisruption: 'none' | 'live' | 'guest') => {
  const { steps, held } = planResource(key, domainRules, desired, runs(domain()), { maxDisruption });
  return {
    steps: steps.map(({ action, impact }) => `${action.type} ${impact}`),
    held: held.map(({ actions, impact, changes }) => ({
      actions,
      impact,
      paths: changes.map(({ path }) => path),
    })),
  };
};

test('a step above the allowed disruption is held with all behind it, and those before it are done', () => {
  const wanted = domain({
    vcpus: { maximum: 4, current: 2 },
    currentMemory: 128 * mebibyte,
    iothreads: 2,
  });
  expect(planned(wanted, 'guest')).toEqual({
    steps: ['define none', 'update live', 'update guest', 'update live'],
    held: [],
  });
  expect(planned(wanted, 'live')).toEqual({
    steps: ['define none', 'update live'],
    held: [
      { actions: ['update', 'update'], impact: 'guest', paths: ['spec.currentMemory', 'spec.iothreads'] },
    ],
  });
});

test('below the first of them nothing but writing down is done, and all that differs is held', () => {
  expect(planned(domain({}, 'down'), 'none')).toEqual({
    steps: ['define none'],
    held: [{ actions: ['update'], impact: 'live', paths: ['spec.devices.interfaces[lan].link'] }],
  });
});

test('a restart is held whole', () => {
  const { steps, held } = planned(domain({ memory: 512 * mebibyte }), 'guest');
  expect(steps).toEqual(['define none']);
  expect(held[0]?.actions).toEqual(['shutdown', 'start']);
});
