import type { Clock, DomainSpec } from '../../../model/domain.ts';
import { type Arguments, words } from './arguments.ts';
import type { CommandLineContext } from './context.ts';

/** Real-time clock and timers. */
export function buildClock(
  { clock = {}, accel }: DomainSpec,
  now: CommandLineContext['now'],
  args: Arguments,
): void {
  const { timers = [] } = clock;
  const rtc = timers.find(({ name }) => name === 'rtc');
  args.add(
    '-rtc',
    words(`base=${rtcBase(clock, now)}`, {
      clock: rtc?.track === undefined ? undefined : tracks[rtc.track],
      driftfix: rtc?.tickpolicy === 'catchup' ? 'slew' : undefined,
    }),
  );
  for (const { name, tickpolicy = 'delay' } of accel === 'kvm' ? timers : [])
    if (name === 'pit' && (tickpolicy === 'delay' || tickpolicy === 'discard'))
      args.add('-global', `kvm-pit.lost_tick_policy=${tickpolicy}`);
}

/** The zone whose local time QEMU shows: `localtime` is that of QEMU's process. */
export function clockEnvironment({ clock }: DomainSpec): Readonly<Record<string, string>> {
  return clock?.offset === 'timezone' && clock.timezone !== undefined ? { TZ: clock.timezone } : {};
}

const tracks = { guest: 'vm', wall: 'host', realtime: 'rt', boot: undefined } as const;

function rtcBase(clock: Clock, now: CommandLineContext['now']): string {
  // So many seconds from UTC or local time: that is what variable means.
  if (typeof clock.adjustment === 'number' && (clock.offset === 'utc' || clock.offset === 'localtime'))
    return rtcBase({ ...clock, offset: 'variable', basis: clock.offset }, now);
  switch (clock.offset) {
    case 'localtime':
    case 'timezone':
      return 'localtime';
    case 'absolute':
      return isoTime(clock.start ?? now.utc);
    case 'variable':
      return isoTime(
        now.utc +
          (clock.basis === 'localtime' ? now.offset : 0) +
          (typeof clock.adjustment === 'number' ? clock.adjustment : 0),
      );
    default:
      return 'utc';
  }
}

/** `YYYY-MM-DDThh:mm:ss`, which is all that QEMU takes. */
function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19);
}
