import type { MaintenanceWindow } from '../../model/domain.ts';
import { seconds } from '../shape/duration.ts';
import { elementCodec } from '../shape/element-codec.ts';
import { required } from '../shape/field.ts';
import { text } from '../shape/text.ts';

export const maintenanceWindowCodec = elementCodec<MaintenanceWindow>('q:window', {
  schedule: required(
    text('@schedule', 'When it opens: minute, hour, day of month, month, day of week, as in cron.', {
      pattern: '^\\S+( \\S+){4}$',
      expected: 'five fields of cron, like "0 3 * * SAT"',
    }),
  ),
  duration: required(seconds('@duration', 'How long it stays open.')),
  timeZone: text('@timeZone', 'Time zone of the schedule: Europe/Berlin. Default: UTC.'),
});
