import type { Clock, Timer } from '../../model/domain.ts';
import { choice } from '../shape/choice.ts';
import { elementCodec } from '../shape/element-codec.ts';
import { type Field, required } from '../shape/field.ts';
import { integer } from '../shape/integer.ts';
import { list } from '../shape/list.ts';
import { parseLocation } from '../shape/location.ts';
import { object } from '../shape/object.ts';
import { yesNo } from '../shape/on-off.ts';
import { orNone } from '../shape/or-none.ts';
import { text } from '../shape/text.ts';

const catchup = elementCodec<NonNullable<Timer['catchup']>>('clock/timer/catchup', {
  threshold: integer('@threshold', 'Missed ticks from which on it catches up.'),
  slew: integer('@slew', 'How fast.'),
  limit: integer('@limit', 'Most ticks that are made up for.'),
});

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
    frequency: orNone(integer('@frequency', 'tsc: Hz.')),
    mode: choice('@mode', ['auto', 'native', 'emulate', 'paravirt', 'smpsafe'], 'tsc: how it is made.'),
    catchup: object('catchup', catchup, 'How missed ticks are made up for.'),
  },
  { order: '@name @present @tickpolicy @track @frequency @mode' },
);

const location = parseLocation('@adjustment');
const seconds = integer(
  '@adjustment',
  'variable: seconds from the basis; utc and localtime: reset forgets what the guest sets.',
  {
    minimum: -Number.MAX_SAFE_INTEGER,
  },
);

/** Seconds, or the word reset. */
const adjustment: Field<number | 'reset'> = {
  ...seconds,
  schema: (definitions) => ({ anyOf: [{ type: 'string', const: 'reset' }, seconds.schema(definitions)] }),
  fromYaml: (value, path, decoding) =>
    value === 'reset' ? 'reset' : seconds.fromYaml(value, path, decoding),
  toYaml: (value) => value,
  fromXml: (cursor, path) =>
    cursor.value(location)?.text === 'reset' ? 'reset' : seconds.fromXml(cursor, path),
  toXml: (value, builder) => builder.attribute('adjustment', String(value)),
};

/** `<clock>`. */
export const clockCodec = elementCodec<Clock>('clock', {
  offset: choice(
    '@offset',
    ['utc', 'localtime', 'timezone', 'variable', 'absolute'],
    'What the clock shows at start. Default: utc.',
  ),
  timezone: text('@timezone', 'timezone: for example Europe/Berlin.', {
    // A path would be opened by QEMU, whatever it is.
    pattern: '^[A-Za-z0-9_+-][A-Za-z0-9._+-]*(/[A-Za-z0-9_+-][A-Za-z0-9._+-]*)*$',
    maxLength: 64,
    expected: 'a time zone like Europe/Berlin',
  }),
  adjustment,
  basis: choice('@basis', ['utc', 'localtime'], 'variable: what the adjustment is from. Default: utc.'),
  start: integer('@start', 'absolute: seconds since 1970 at start.'),
  timers: list('timer', timer, 'Timers of the guest.'),
});
