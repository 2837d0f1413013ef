import { describe, expect, test } from 'vitest';
import { powerVerdict, refusedOrder } from '../../../src/kinds/domain/power.ts';
import type { DomainSpec, RunStrategy } from '../../../src/model/domain.ts';
import type { LiveDomain, PowerIntent, StopRecord } from '../../../src/model/domain-live.ts';
import { boot, domain, live, running, stop } from '../../support/live-domain.ts';

const strategies: readonly RunStrategy[] = [
  'Always',
  'UnlessStopped',
  'RerunOnFailure',
  'Once',
  'Manual',
  'Halted',
];

function want(spec: Partial<DomainSpec>, change: Partial<LiveDomain>): string {
  return powerVerdict(domain('a', spec), live(domain('a', spec), change)).want;
}

function order(change: Partial<PowerIntent>): PowerIntent {
  return { want: 'running', by: 'alice', at: '2030-01-01T00:00:00.000Z', bootId: boot, starts: 1, ...change };
}

/** What is wanted of a domain that is down, by strategy in the order above; `-` is neither nor. */
const table: readonly (readonly [string, Partial<LiveDomain>, string])[] = [
  ['never ran', { starts: 0 }, 'run run run run - stop'],
  ['the guest shut itself down', { lastStop: stop('guest-shutdown') }, 'run - - - - stop'],
  ['it ended at its own reset (onReboot destroy)', { lastStop: stop('guest-reset') }, 'run - - - - stop'],
  [
    'it rebooted, and ended for what is pending',
    { lastStop: stop('guest-reset', { rebooting: true }) },
    'run run run run run stop',
  ],
  [
    'the start after its own reboot failed',
    { lastStop: stop('start-failed', { rebooting: true }) },
    'run run run run run stop',
  ],
  ['the guest crashed', { lastStop: stop('guest-panic') }, 'run run run - - stop'],
  ['QEMU was killed', { lastStop: stop('process-died') }, 'run run run - - stop'],
  ['the host was rebooted', { lastStop: stop('host-reboot') }, 'run run run - - stop'],
  ['a start failed', { starts: 0, lastStop: stop('start-failed') }, 'run run run run - stop'],
  [
    'a person stopped it',
    { lastStop: stop('host-qmp-quit'), intent: order({ want: 'stopped' }) },
    'run stop stop stop stop stop',
  ],
  [
    'a person stopped it, and the host was rebooted since',
    { bootId: 'boot-3', lastStop: stop('host-qmp-quit'), intent: order({ want: 'stopped' }) },
    'run stop stop stop stop stop',
  ],
  [
    'a person stopped and then started it: not up yet',
    { lastStop: stop('host-qmp-quit'), intent: order({ starts: 1 }) },
    'run run run run run stop',
  ],
  [
    'the start that a person asked for failed',
    { lastStop: stop('start-failed'), intent: order({ starts: 1 }) },
    'run run run run run stop',
  ],
  [
    'a person started it, and then the guest shut itself down',
    { starts: 2, lastStop: stop('guest-shutdown'), intent: order({ starts: 1 }) },
    'run - - - - stop',
  ],
  [
    'a person started it, and then QEMU was killed',
    { starts: 2, lastStop: stop('process-died'), intent: order({ starts: 1 }) },
    'run run run - - stop',
  ],
  [
    'a restart was cut off between stop and start',
    { starts: 2, lastStop: stop('host-qmp-quit'), intent: order({ starts: 1, restart: true }) },
    'run run run run run stop',
  ],
  ['it was halted by its spec until now', { lastStop: stop('host-qmp-quit') }, 'run run run - - stop'],
];

const words = { running: 'run', stopped: 'stop', any: '-' } as const;

describe('a domain that is down', () => {
  for (const [story, facts, expected] of table) {
    test(`${story}: ${strategies.join(' ')} → ${expected}`, () => {
      const found = strategies.map(
        (runStrategy) => words[want({ runStrategy }, facts) as keyof typeof words],
      );
      expect(found.join(' ')).toBe(expected);
    });
  }
});

test('a domain that runs may go on under every strategy but Halted', () => {
  for (const runStrategy of strategies) {
    const def = domain('a', { runStrategy });
    expect(powerVerdict(def, running(def)).want === 'stopped', runStrategy).toBe(runStrategy === 'Halted');
  }
});

test('no time stands in the way: clocks that jump decide nothing', () => {
  const past = { lastStop: stop('guest-shutdown', { at: '1970-01-01T00:00:00.000Z' }), starts: 2 };
  expect(want({ runStrategy: 'UnlessStopped' }, { ...past, intent: order({ starts: 1 }) })).toBe('any');
});

describe('autostart', () => {
  const spec = { runStrategy: 'Manual', autostart: true } as const;
  const autostarts = (change: Partial<LiveDomain>) =>
    powerVerdict(domain('a', spec), live(domain('a', spec), change)).autostart === true;

  test('starts a Manual domain once per host boot', () => {
    expect(autostarts({ autostartedBoot: 'boot-1' })).toBe(true);
    expect(autostarts({ autostartedBoot: boot })).toBe(false);
  });

  test('is tried again when it failed, and after QEMU went down with the host', () => {
    expect(autostarts({ lastStop: stop('start-failed') })).toBe(true);
    expect(autostarts({ lastStop: stop('host-reboot') })).toBe(true);
  });

  test('does not undo what happened in this boot', () => {
    const stops: StopRecord[] = [stop('guest-shutdown'), stop('process-died')];
    for (const lastStop of stops) expect(autostarts({ lastStop })).toBe(false);
    expect(autostarts({ intent: order({ want: 'stopped' }) })).toBe(false);
  });

  test('of the next boot overrides a stop of the one before, as libvirt does', () => {
    const before = { lastStop: stop('host-qmp-quit', { bootId: 'boot-1' }) };
    expect(autostarts({ ...before, intent: order({ want: 'stopped', bootId: 'boot-1' }) })).toBe(true);
  });

  test('is not undone by that stop of the boot before', () => {
    const def = domain('a', { runStrategy: 'Manual', autostart: true });
    const old = order({ want: 'stopped', bootId: 'boot-1' });
    expect(powerVerdict(def, running(def, { autostartedBoot: boot, intent: old })).want).toBe('any');
    const fresh = order({ want: 'stopped', bootId: boot });
    expect(powerVerdict(def, running(def, { autostartedBoot: boot, intent: fresh })).want).toBe('stopped');
  });

  test('is for Manual domains only', () => {
    expect(powerVerdict(domain('a', { autostart: true }), live(domain('a'))).autostart).toBeUndefined();
  });
});

test('what onCrash or onPoweroff preserves stays until a person restarts it', () => {
  const crashed = { state: 'crashed', running: domain('a') } as const;
  expect(want({ onCrash: 'preserve' }, crashed)).toBe('any');
  expect(want({ onCrash: 'destroy' }, crashed)).toBe('running');
  expect(want({ onCrash: 'preserve' }, { ...crashed, intent: order({ restart: true }) })).toBe('running');
  expect(want({ onPoweroff: 'preserve' }, { state: 'in shutdown', running: domain('a') })).toBe('any');
});

test('an order that the run strategy would undo is refused with the way out', () => {
  expect(refusedOrder(domain('a'), 'stopped')?.suggestion).toMatch(/Halted/);
  expect(refusedOrder(domain('a', { runStrategy: 'Halted' }), 'running')).toBeDefined();
  expect(refusedOrder(domain('a', { runStrategy: 'Manual' }), 'stopped')).toBeUndefined();
});
