import { expect, test } from 'vitest';
import type { Held } from '../../src/model/plan.ts';
import { conditionsOf, type Outcome } from '../../src/reconcile/conditions.ts';

const fine: Outcome = { generation: 3, converged: true, ready: true, held: [], pending: 0 };
const held = (reason: Held['reason'], message = 'why'): Held => ({
  key: { kind: 'Domain', name: 'a' },
  reason,
  message,
  impact: 'none',
  changes: [],
  actions: [],
});
const words = (outcome: Outcome) =>
  conditionsOf(outcome, [], 'now').map(({ type, status, reason }) => `${type} ${status} ${reason}`);

test.each<[string, Partial<Outcome>, string[]]>([
  ['as wanted', {}, ['Ready True Converged', 'InSync True InSync']],
  [
    'on its way',
    { converged: false, ready: false, working: 'start' },
    ['Ready Unknown Progressing', 'InSync False Progressing', 'Reconciling True Progressing'],
  ],
  [
    'a change waits for a restart',
    { converged: false, held: [held('RestartPolicy')], pending: 2 },
    ['Ready True PendingChanges', 'InSync False RestartPolicy', 'RestartRequired True PendingChanges'],
  ],
  [
    'its restart waits for its turn',
    { converged: false, ready: false, held: [held('MaxUnavailable')] },
    ['Ready True MaxUnavailable', 'InSync False MaxUnavailable'],
  ],
  [
    'it waits for another',
    { converged: false, ready: false, held: [held('DependencyNotReady')] },
    ['Ready False DependencyNotReady', 'InSync False DependencyNotReady'],
  ],
  [
    'it failed and will be tried again',
    {
      converged: false,
      ready: false,
      failure: { code: 'qemu-start-failed', message: 'no', final: false },
    },
    ['Ready False QemuStartFailed', 'InSync False Failed', 'Reconciling True ProgressingWithRetry'],
  ],
  [
    'it failed for good',
    {
      converged: false,
      ready: false,
      failure: { code: 'kvm-unavailable', message: 'no', final: true },
    },
    ['Ready False KvmUnavailable', 'InSync False Failed', 'Stalled True KvmUnavailable'],
  ],
  [
    'its disk is in use',
    { converged: false, ready: false, failure: { code: 'image-locked', message: 'no', final: false } },
    [
      'Ready False ImageLocked',
      'InSync False Failed',
      'Reconciling True ProgressingWithRetry',
      'Conflict True ImageLocked',
    ],
  ],
  [
    'its file is bad, and the last good spec holds',
    { specProblem: 'a.yaml:1:1: bad' },
    ['Ready True Converged', 'InSync True InSync', 'Stalled True InvalidSpec'],
  ],
  [
    'nobody knows',
    { converged: false, ready: false, held: [held('Unknown')] },
    ['Ready Unknown Unknown', 'InSync False Unknown'],
  ],
  [
    'suspended, degraded and declared twice',
    { suspended: 'by ops', degraded: 'no tpm', conflict: 'two sources' },
    [
      'Ready True Converged',
      'InSync True InSync',
      'Suspended True Suspended',
      'Degraded True Degraded',
      'Conflict True DeclaredTwice',
    ],
  ],
])('%s', (_, change, expected) => {
  expect(words({ ...fine, ...change })).toEqual(expected);
});

test('the time of a condition is that of its last change of status, whatever its words do', () => {
  const [before] = conditionsOf(fine, [], 'then');
  const same = conditionsOf({ ...fine, pending: 1, converged: false }, before ? [before] : [], 'now');
  expect(same.map(({ type, lastTransitionTime }) => [type, lastTransitionTime])).toEqual([
    ['Ready', 'then'],
    ['InSync', 'now'],
    ['RestartRequired', 'now'],
  ]);
});

test('every condition says which generation it speaks of', () => {
  expect(conditionsOf(fine, [], 'now').map((condition) => condition.observedGeneration)).toEqual([3, 3]);
});
