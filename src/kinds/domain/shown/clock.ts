import type { Clock } from '../../../model/domain.ts';

/** Seconds beside utc or localtime are what libvirt calls variable. */
export function shownClock(clock: Clock): Clock {
  const { offset = 'utc', adjustment } = clock;
  const isVariable = offset === 'variable' || (typeof adjustment === 'number' && offset !== 'timezone');
  if (!isVariable || offset === 'absolute') return clock;
  return {
    ...clock,
    offset: 'variable',
    adjustment: adjustment ?? 0,
    basis: clock.basis ?? (offset === 'localtime' ? 'localtime' : 'utc'),
  };
}
