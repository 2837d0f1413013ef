import { expect, test } from 'vitest';
import { windowState } from '../../src/reconcile/window-state.ts';

const saturday = { schedule: '0 3 * * SAT', duration: 7200, timeZone: 'Europe/Berlin' };

test('a window is open from its schedule on, for its duration, in its time zone', () => {
  // 2026-11-21 is a Saturday; Berlin is an hour ahead of UTC then.
  const at = (time: string) => windowState([saturday], new Date(`2026-11-21T${time}Z`));
  expect(at('01:59:59')).toEqual({ open: false, opens: '2026-11-21T02:00:00.000Z' });
  expect(at('02:00:00')).toEqual({ open: true });
  expect(at('03:59:59')).toEqual({ open: true });
  expect(at('04:00:00')).toEqual({ open: false, opens: '2026-11-28T02:00:00.000Z' });
});

test('it moves with daylight saving time', () => {
  expect(windowState([saturday], new Date('2026-07-03T00:00:00Z')).opens).toBe('2026-07-04T01:00:00.000Z');
});

test('of several windows one that is open is enough, else the next one counts', () => {
  const daily = { schedule: '30 12 * * *', duration: 60 };
  expect(windowState([saturday, daily], new Date('2026-11-21T12:30:30Z'))).toEqual({ open: true });
  expect(windowState([saturday, daily], new Date('2026-11-23T00:00:00Z')).opens).toBe(
    '2026-11-23T12:30:00.000Z',
  );
});

test('windows that overlap themselves never close', () => {
  const always = { schedule: '0 * * * *', duration: 3600 * 3 };
  for (const time of ['00:00:00', '00:59:59', '13:37:00'])
    expect(windowState([always], new Date(`2026-11-21T${time}Z`))).toEqual({ open: true });
});

test('one that cannot be read never opens', () => {
  const now = new Date('2026-11-21T02:00:00Z');
  expect(windowState([{ ...saturday, schedule: 'whenever' }], now)).toEqual({ open: false });
  expect(windowState([{ ...saturday, timeZone: 'Mars/Olympus' }], now)).toEqual({ open: false });
  expect(windowState([], now)).toEqual({ open: false });
});
