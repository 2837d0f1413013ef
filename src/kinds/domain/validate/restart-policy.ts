import { Cron } from 'croner';
import type { DomainSpec } from '../../../model/domain.ts';
import type { Report } from './report.ts';

/** Any moment serves to see whether a schedule and its time zone mean something. */
const someDay = '2026-01-01T00:00:00';

/** Windows that can open, and a policy that has some. */
export function checkRestartPolicy(spec: DomainSpec, report: Report): void {
  const { restartPolicy, maintenanceWindows = [] } = spec;
  if (restartPolicy === 'Window' && maintenanceWindows.length === 0)
    report(
      'missing-field',
      'spec.restartPolicy',
      'restartPolicy Window without maintenanceWindows never restarts it',
      'add maintenanceWindows: [{schedule: "0 3 * * SAT", duration: 2h}]',
      'warning',
    );
  for (const [index, { schedule, timeZone, duration }] of maintenanceWindows.entries()) {
    const path = `spec.maintenanceWindows[${index}]`;
    if (duration === 0) report('invalid-value', `${path}.duration`, 'a window of no time never opens');
    if (!isZone(timeZone ?? 'UTC')) {
      report('invalid-value', `${path}.timeZone`, `no time zone is named ${timeZone}`, 'write Europe/Berlin');
      continue;
    }
    try {
      const cron = new Cron(schedule, { timezone: timeZone ?? 'UTC', paused: true, mode: '5-part' });
      if (!cron.nextRun(someDay))
        report('invalid-value', `${path}.schedule`, `${schedule} names no day that ever comes`);
    } catch (error) {
      const why = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : '';
      report('invalid-value', `${path}.schedule`, `not a schedule: ${why}`, 'write "0 3 * * SAT"');
    }
  }
}

function isZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}
