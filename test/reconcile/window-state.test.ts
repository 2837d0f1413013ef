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

/** The minutes in UTC at which this window of Berlin opens and closes between two days. */
function edges(schedule: string, hours: number, from: string, to: string): readonly string[] {
  const window = { schedule, duration: hours * 3600, timeZone: 'Europe/Berlin' };
  const found: string[] = [];
  let was = false;
  for (let time = Date.parse(`${from}T12:00Z`); time <= Date.parse(`${to}T12:00Z`); time += 30 * 60_000) {
    const { open } = windowState([window], new Date(time));
    if (open !== was) found.push(`${open ? 'opens' : 'closes'} ${new Date(time).toISOString().slice(8, 16)}`);
    was = open;
  }
  return found;
}

test.each([
  [
    'in the hour that is left out, opens when that is over',
    '30 2 * * *',
    1,
    '2026-03-28',
    ['29T01:00', '29T02:00'],
  ],
  ['in the hour that comes twice, opens once', '30 2 * * *', 1, '2026-10-24', ['25T00:30', '25T01:30']],
  ['over a lost hour, is as long as it says', '0 1 * * *', 3, '2026-03-28', ['29T00:00', '29T03:00']],
  ['over a doubled hour, is as long as it says', '0 1 * * *', 3, '2026-10-24', ['24T23:00', '25T02:00']],
  [
    'over midnight and a doubled hour, is as long as it says',
    '0 23 * * SAT',
    4,
    '2026-10-24',
    ['24T21:00', '25T01:00'],
  ],
] as const)('a window %s', (_, schedule, hours, day, [opens, closes]) => {
  const next = new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
  expect(edges(schedule, hours, day, next)).toEqual([`opens ${opens}`, `closes ${closes}`]);
});
