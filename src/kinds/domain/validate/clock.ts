import type { DomainSpec, Timer } from '../../../model/domain.ts';
import type { Report } from './report.ts';
import { checkEach, type Rule, unwanted } from './rules.ts';

/** The last second of the year 9999. */
const latestStart = 253_402_300_799;

export function checkClock(spec: DomainSpec, report: Report): void {
  const { clock } = spec;
  checkEach(rules, clock?.timers, 'spec.clock.timers', spec, report);
  if (clock?.offset === 'timezone' && clock.timezone === undefined)
    report(
      'missing-field',
      'spec.clock.timezone',
      'offset timezone needs the name of a timezone',
      'e.g. Europe/Paris',
    );
  if (clock?.offset === 'absolute' && clock.start === undefined)
    report('missing-field', 'spec.clock.start', 'offset absolute needs the time at start', 'add start');
  if ((clock?.start ?? 0) > latestStart)
    report('invalid-value', 'spec.clock.start', 'a clock begins in the year 9999 at the latest');
  const seen = new Set<string>();
  clock?.timers?.forEach(({ name }, index) => {
    const path = `spec.clock.timers[${index}].name`;
    if (seen.has(name))
      report(
        'conflicting-options',
        path,
        `timer ${name} is listed twice`,
        'keep one of the two: which counts differs from timer to timer',
        'warning',
      );
    seen.add(name);
  });
}

/** The policies that each timer of QEMU knows. */
const policies: Readonly<Record<string, readonly string[]>> = {
  rtc: ['delay', 'catchup'],
  pit: ['delay', 'catchup', 'discard'],
  kvmclock: [],
  hypervclock: [],
  tsc: ['delay', 'catchup', 'merge', 'discard'],
};

const rules: readonly Rule<Timer>[] = [
  {
    at: 'name',
    when: ({ name }) => name === 'platform' || name === 'armvtimer',
    says: 'a PC under QEMU has no such timer',
    instead: 'use rtc, pit, hpet, tsc, kvmclock or hypervclock',
    code: 'not-supported',
  },
  {
    at: 'tickpolicy',
    when: ({ name, tickpolicy }) =>
      tickpolicy !== undefined && policies[name]?.includes(tickpolicy) === false,
    says: 'this timer has no such policy',
    instead: 'rtc knows delay and catchup, pit also discard',
    code: 'not-supported',
  },
  {
    at: 'track',
    when: ({ track }) => track === 'boot',
    says: 'the clock follows the guest or the wall',
    instead: 'use guest, wall or realtime',
    code: 'not-supported',
  },
  ...unwanted<Timer>(['track'], ({ name }) => name !== 'rtc' && name !== 'platform', 'is for the rtc'),
  ...unwanted<Timer>(['frequency', 'mode'], ({ name }) => name !== 'tsc', 'is for the tsc'),
  {
    at: 'catchup',
    when: ({ tickpolicy, catchup }) =>
      tickpolicy !== 'catchup' && Object.values(catchup ?? {}).some((value) => value !== 0),
    says: 'how to catch up is for tickpolicy catchup',
    instead: 'set tickpolicy: catchup',
  },
];
