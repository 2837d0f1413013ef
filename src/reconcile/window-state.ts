import { Cron } from 'croner';
import type { WindowState } from '../kinds/contract.ts';
import type { MaintenanceWindow } from '../model/domain.ts';

const schedules = new Map<string, Cron>();
const mostSchedules = 1_000;

/** Where `now` stands in these windows. One that cannot be read never opens. */
export function windowState(windows: readonly MaintenanceWindow[], now: Date): WindowState {
  const opens: Date[] = [];
  for (const { schedule, timeZone, duration } of windows) {
    try {
      const cron = scheduleOf(schedule, timeZone ?? 'UTC');
      // The first opening whose end is still to come.
      const start = cron.nextRun(new Date(now.getTime() - duration * 1_000));
      if (start && start <= now) return { open: true };
      if (start) opens.push(start);
    } catch {
      // Said by `validate`.
    }
  }
  const next = opens.sort((a, b) => a.getTime() - b.getTime())[0];
  return { open: false, ...(next ? { opens: next.toISOString() } : {}) };
}

function scheduleOf(schedule: string, timezone: string): Cron {
  const text = `${timezone} ${schedule}`;
  const known = schedules.get(text);
  if (known) return known;
  if (schedules.size >= mostSchedules) schedules.clear();
  const cron = new Cron(schedule, { timezone, paused: true, mode: '5-part' });
  schedules.set(text, cron);
  return cron;
}
