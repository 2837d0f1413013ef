import type { Clock, Timer } from '../../model/domain.ts';
import { choice } from '../shape/choice.ts';
import { elementCodec } from '../shape/element-codec.ts';
import { required } from '../shape/field.ts';
import { integer } from '../shape/integer.ts';
import { list } from '../shape/list.ts';
import { yesNo } from '../shape/on-off.ts';
import { text } from '../shape/text.ts';

const timer = elementCodec<Timer>(
  'clock/timer',
  {
    name: required(
      choice(
        '@name',
        ['platform', 'hpet', 'kvmclock', 'pit', 'rtc', 'tsc', 'hypervclock', 'armvtimer'],
        'Which timer.',
      ),
    ),
    track: choice('@track', ['boot', 'guest', 'wall', 'realtime'], 'rtc, platform: what it follows.'),
    tickpolicy: choice(
      '@tickpolicy',
      ['delay', 'catchup', 'merge', 'discard'],
      'What happens to missed ticks.',
    ),
    present: yesNo('@present', 'Whether the guest has it.'),
    frequency: integer('@frequency', 'tsc: Hz.'),
    mode: choice('@mode', ['auto', 'native', 'emulate', 'paravirt', 'smpsafe'], 'tsc: how it is made.'),
  },
  { order: '@name @present @tickpolicy @track @frequency @mode', later: 'catchup' },
);

/** `<clock>`. */
export const clockCodec = elementCodec<Clock>('clock', {
  offset: choice(
    '@offset',
    ['utc', 'localtime', 'timezone', 'variable', 'absolute'],
    'What the clock shows at start. Default: utc.',
  ),
  timezone: text('@timezone', 'timezone: for example Europe/Berlin.', {
    pattern: '^[A-Za-z0-9._+/-]{1,64}$',
    expected: 'a time zone like Europe/Berlin',
  }),
  adjustment: integer('@adjustment', 'variable: seconds from the basis.', {
    minimum: -Number.MAX_SAFE_INTEGER,
  }),
  basis: choice('@basis', ['utc', 'localtime'], 'variable: what the adjustment is from. Default: utc.'),
  start: integer('@start', 'absolute: seconds since 1970 at start.'),
  timers: list('timer', timer, 'Timers of the guest.'),
});
