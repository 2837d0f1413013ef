import { describe, expect, test } from 'vitest';
import { domainState, isPossible, stopReasonOf, troubleOf } from '../../../src/drivers/qemu/run-states.ts';
import type { RunState } from '../../../src/model/domain-live.ts';

const states: readonly RunState[] = [
  'debug',
  'inmigrate',
  'internal-error',
  'io-error',
  'paused',
  'postmigrate',
  'prelaunch',
  'finish-migrate',
  'restore-vm',
  'running',
  'save-vm',
  'shutdown',
  'suspended',
  'watchdog',
  'guest-panicked',
  'colo',
];

/** The runs that a machine can live through, as QEMU's documentation and its QMP events tell them. */
const lives: readonly (readonly [string, readonly RunState[]])[] = [
  ['start, pause, go on', ['prelaunch', 'running', 'paused', 'running']],
  ['the guest shuts down and is reset', ['prelaunch', 'running', 'shutdown', 'prelaunch', 'running']],
  ['a disk has an error and is mended', ['running', 'io-error', 'running']],
  ['the guest panics, then a person resets it', ['running', 'guest-panicked', 'prelaunch', 'running']],
  ['the watchdog bites and the person goes on', ['running', 'watchdog', 'running']],
  ['the guest sleeps and is woken', ['running', 'suspended', 'running']],
  ['KVM gives up and a person resets', ['running', 'internal-error', 'prelaunch']],
  ['a debugger stops it', ['running', 'debug', 'running']],
  ['a snapshot is saved', ['running', 'save-vm', 'running']],
  ['a snapshot is loaded', ['running', 'restore-vm', 'running']],
  ['it migrates away', ['running', 'finish-migrate', 'postmigrate']],
  ['a migration away fails', ['running', 'finish-migrate', 'running']],
  ['it migrates here', ['inmigrate', 'running']],
  ['it migrates here and waits', ['inmigrate', 'paused', 'running']],
];

describe('the table of transitions', () => {
  test.each(lives)('%s', (_, life) => {
    for (const [at, state] of life.slice(1).entries()) {
      const before = life[at] as RunState;
      expect([before, state, isPossible(before, state)]).toEqual([before, state, true]);
    }
  });

  test('staying is always possible', () => {
    for (const state of states) expect(isPossible(state, state)).toBe(true);
  });

  test.each<[RunState, RunState]>([
    ['shutdown', 'running'],
    ['internal-error', 'running'],
    ['postmigrate', 'inmigrate'],
    ['running', 'inmigrate'],
    ['running', 'postmigrate'],
    ['paused', 'io-error'],
    ['paused', 'internal-error'],
    ['suspended', 'guest-panicked'],
    ['watchdog', 'shutdown'],
  ])('%s → %s cannot be without something in between that we missed', (from, to) => {
    expect(isPossible(from, to)).toBe(false);
  });

  test('from every state there is a way back to a machine that runs', () => {
    for (const state of states) {
      const reached = new Set<RunState>([state]);
      for (const from of reached) for (const to of states) if (isPossible(from, to)) reached.add(to);
      expect([state, reached.has('running')]).toEqual([state, true]);
    }
  });

  test('nothing but a new process or an incoming migration begins in inmigrate', () => {
    expect(states.filter((from) => from !== 'inmigrate' && isPossible(from, 'inmigrate'))).toEqual([
      'prelaunch',
    ]);
  });
});

test("every run state has a word of libvirt's", () => {
  const words = Object.fromEntries(states.map((state) => [state, domainState(state)]));
  expect(words).toMatchObject({
    running: 'running',
    shutdown: 'in shutdown',
    'guest-panicked': 'crashed',
    suspended: 'pmsuspended',
    prelaunch: 'paused',
    'io-error': 'paused',
    watchdog: 'paused',
  });
});

test('only a guest that ended says why, and only what a person must mend is trouble', () => {
  expect(states.filter((state) => stopReasonOf(state))).toEqual(['shutdown', 'guest-panicked']);
  expect(states.filter((state) => troubleOf(state))).toEqual(['internal-error', 'io-error', 'watchdog']);
});
