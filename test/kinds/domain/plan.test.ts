import { describe, expect, test } from 'vitest';
import type { WindowState } from '../../../src/kinds/contract.ts';
import { domainRules } from '../../../src/kinds/domain/rules.ts';
import type { DomainDef } from '../../../src/model/domain.ts';
import type { LiveDomain, PowerIntent } from '../../../src/model/domain-live.ts';
import { boot, domain, live, running, stop } from '../../support/live-domain.ts';

const key = { kind: 'Domain', name: 'a' } as const;

function plan(desired: DomainDef | undefined, facts: LiveDomain | undefined, window?: WindowState) {
  const changes = domainRules.drift(desired, facts);
  const { steps, held } = domainRules.plan({
    key,
    desired,
    live: facts,
    changes,
    ...(window ? { window } : {}),
  });
  return {
    changes: changes.map(({ path, impact }) => `${path || '.'} ${impact}`),
    steps: steps.map(({ action, impact }) => `${action.type} ${impact}`),
    actions: steps.map(({ action }) => action),
    held: held.map(({ reason }) => reason),
    messages: held.map(({ message }) => message),
  };
}

const small = domain('a', { memory: 64 });
const big = domain('a', { memory: 96 });

test('a new domain is defined, then started', () => {
  expect(plan(small, undefined).steps).toEqual(['define none', 'start none']);
  expect(plan(domain('a', { runStrategy: 'Manual' }), undefined).steps).toEqual(['define none']);
});

test('what runs as wanted drifts in nothing', () => {
  expect(plan(small, running(structuredClone(small)))).toMatchObject({ changes: [], steps: [], held: [] });
});

test('a memory module comes live, and the whole grows with it', () => {
  const MiB = 1024 * 1024;
  const room = { maxMemory: { size: 1024 * MiB, slots: 2 } };
  const module = {
    model: 'dimm',
    alias: 'dimm0',
    size: 64 * MiB,
    node: 0,
    address: { type: 'dimm' },
  } as const;
  const before = domain('a', { ...room, memory: 64 * MiB, currentMemory: 64 * MiB });
  const total = { ...room, memory: 128 * MiB, currentMemory: 128 * MiB };
  const found = plan(domain('a', { ...total, devices: { memories: [module] } }), running(before));
  expect(found).toMatchObject({ steps: ['define none', 'update live'], held: [] });
  expect(found.changes).toContain('spec.memory guest');
  const more = domain('a', { ...total, memory: 192 * MiB, devices: { memories: [module] } });
  expect(plan(more, running(before)).held).toEqual(['RestartPolicy']);
});

describe('a change that needs a restart', () => {
  for (const restartPolicy of ['Manual', 'OnGuestReboot', 'Window'] as const) {
    test(`is accepted and waits for a person or the guest's own reboot under restartPolicy ${restartPolicy}`, () => {
      const found = plan(
        domain('a', { memory: 96, restartPolicy }),
        running(small, { catchesReboot: false }),
      );
      expect(found).toMatchObject({ steps: ['define none', 'catch-reboot none'], held: ['RestartPolicy'] });
      expect(found.actions[1]).toEqual({ type: 'catch-reboot', catch: true });
      expect(found.changes).toContain('spec.memory restart');
    });
  }

  test('waits for a person alone under Never, and where a reboot has its own meaning', () => {
    for (const spec of [{ restartPolicy: 'Never' }, { onReboot: 'destroy' }] as const) {
      const before = domain('a', { memory: 64, ...spec });
      const found = plan(domain('a', { memory: 96, ...spec }), running(before, { catchesReboot: false }));
      expect(found).toMatchObject({ steps: ['define none'], held: ['RestartPolicy'] });
    }
  });

  test('is left to a person where nobody stays to start it again', () => {
    const desired = domain('a', { memory: 96, restartPolicy: 'OnGuestReboot' });
    expect(plan(desired, running(small)).steps).toEqual(['define none']);
  });

  test('is caught at a reboot once, and no longer when the spec goes back', () => {
    const caught = { defined: big, catchesReboot: true };
    expect(plan(big, running(small, caught)).steps).toEqual([]);
    const back = plan(small, running(small, { catchesReboot: true }));
    expect(back).toMatchObject({ changes: ['catchesReboot none'], steps: ['catch-reboot none'], held: [] });
    expect(back.actions[0]).toEqual({ type: 'catch-reboot', catch: false });
  });

  test('comes in while its maintenance window is open, and says when that will be', () => {
    const desired = domain('a', { memory: 96, restartPolicy: 'Window' });
    expect(plan(desired, running(small), { open: true }).steps).toEqual([
      'define none',
      'shutdown restart',
      'start restart',
    ]);
    const closed = plan(desired, running(small), { open: false, opens: '2030-01-05T03:00:00.000Z' });
    expect(closed.messages[0]).toContain('its maintenance window (2030-01-05T03:00:00.000Z)');
  });

  test('is brought in at once under Immediate, politely, then by force', () => {
    const found = plan(
      domain('a', { memory: 96, restartPolicy: 'Immediate', terminationGracePeriod: 5 }),
      running(small),
    );
    expect(found.steps).toEqual(['define none', 'shutdown restart', 'start restart']);
    expect(found.actions[1]).toEqual({ type: 'shutdown', gracePeriod: 5, force: true });
  });

  test('comes in when a person restarts', () => {
    const intent: PowerIntent = { want: 'running', by: 'alice', at: '', bootId: boot, restart: true };
    const found = plan(big, running(small, { defined: big, intent }));
    expect(found.steps).toEqual(['shutdown restart', 'start restart']);
    expect(found.actions[1]).toMatchObject({ def: big });
  });

  test('comes in with the next start of what is down, and is no drift once it is on record', () => {
    expect(plan(big, live(small)).steps).toEqual(['define none', 'start none']);
    const halted = domain('a', { memory: 96, runStrategy: 'Halted' });
    expect(plan(halted, live(halted)).changes).toEqual([]);
  });

  test('is gone when the spec goes back to what runs', () => {
    expect(plan(small, running(small, { defined: big }))).toMatchObject({ steps: ['define none'], held: [] });
  });
});

test('what does nothing to the guest is in effect once it is on record', () => {
  const titled = domain('a', { title: 'Web', runStrategy: 'UnlessStopped', terminationGracePeriod: 3 });
  expect(plan(titled, running(small))).toMatchObject({ steps: ['define none'], held: [] });
  expect(plan(titled, running(small, { defined: titled })).changes).toEqual([]);
});

test('of a state that nobody knows, nothing is touched', () => {
  for (const desired of [small, big, undefined]) {
    const found = plan(desired, live(small, { state: 'unknown', running: small, confusion: 'no answer' }));
    expect(found).toMatchObject({ steps: [], held: ['Unknown'] });
    expect(found.changes.length).toBeGreaterThan(0);
  }
});

describe('power', () => {
  test('Halted stops what runs', () => {
    const halted = domain('a', { runStrategy: 'Halted' });
    expect(plan(halted, running(halted)).steps).toEqual(['shutdown restart']);
    expect(plan(halted, running(halted, { state: 'paused', runState: 'paused' })).steps).toEqual([
      'shutdown restart',
    ]);
  });

  test('a guest that has stopped is cleared away, then started if it is to run', () => {
    const down = { state: 'in shutdown', runState: 'shutdown', lastStop: stop('guest-shutdown') } as const;
    expect(plan(small, running(small, down)).steps).toEqual(['reap none', 'start none']);
    const manual = domain('a', { runStrategy: 'Manual' });
    expect(plan(manual, running(manual, down)).steps).toEqual(['reap none']);
    expect(plan(manual, running(manual, { ...down, state: 'crashed' })).steps).toEqual(['reap none']);
  });

  test('a crash that the spec preserves is no drift', () => {
    const kept = domain('a', { onCrash: 'preserve' });
    expect(plan(kept, running(kept, { state: 'crashed' })).changes).toEqual([]);
  });

  test('a pause that a person ordered or QEMU has a reason for is left alone; any other one ends', () => {
    const paused = { state: 'paused', runState: 'paused' } as const;
    const order = { want: 'paused', by: 'me', at: '', bootId: '' } as const;
    expect(plan(small, running(small, { ...paused, intent: order })).changes).toEqual([]);
    expect(plan(small, running(small, paused)).steps).toEqual(['unpause none']);
    expect(plan(small, running(small, { state: 'paused', runState: 'io-error' })).changes).toEqual([]);
    expect(plan(small, running(small, { state: 'pmsuspended', runState: 'suspended' })).changes).toEqual([]);
  });

  test('a start that was cut off before the first instruction is carried on', () => {
    const half = { state: 'paused', runState: 'prelaunch' } as const;
    expect(plan(small, running(small, half)).steps).toEqual(['start none']);
    const intent: PowerIntent = { want: 'paused', by: 'alice', at: '', bootId: boot };
    expect(plan(small, running(small, { ...half, intent })).changes).toEqual([]);
  });
});

describe('removal', () => {
  const removal = (spec: Parameters<typeof domain>[1], change: Partial<LiveDomain> = {}) =>
    plan(undefined, running(domain('a', spec), change));

  test('asks the guest first by default', () => {
    const found = removal({});
    expect(found.steps).toEqual(['shutdown restart', 'undefine none']);
    expect(found.actions[0]).toEqual({ type: 'shutdown', gracePeriod: 60, force: true });
  });

  test('destroys, or lets run on, as the deletionPolicy says', () => {
    expect(removal({ deletionPolicy: 'Destroy' }).steps).toEqual(['destroy restart', 'undefine none']);
    const orphan = removal({ deletionPolicy: 'Orphan' });
    expect(orphan.actions).toEqual([{ type: 'undefine', keepRunning: true }]);
  });

  test('follows the policy on record, not the one that the guest was started under', () => {
    const found = removal(
      { deletionPolicy: 'Destroy' },
      { defined: domain('a', { deletionPolicy: 'Orphan' }) },
    );
    expect(found.steps).toEqual(['undefine none']);
  });

  test('of what is down only forgets it', () => {
    expect(plan(undefined, live(small)).steps).toEqual(['undefine none']);
    expect(plan(undefined, undefined).steps).toEqual([]);
  });
});
