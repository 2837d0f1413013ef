import type { BackoffRecord } from '../state/records.ts';

const step = 10_000;
export const backoffCap = 300_000;
/** What ran this long after its last retry is healthy: what was before is forgotten. */
const healthyAfter = 10 * 60_000;

/** Milliseconds before attempt n + 1: at once, 10 s, 40 s, 90 s … 300 s. */
export function backoffDelay(failures: number): number {
  const n = Math.max(0, failures - 1);
  return Math.min(backoffCap, step * n * n);
}

/** One failure more. `random` (0…1) spreads retries by up to a tenth. */
export function nextBackoff(
  before: BackoffRecord | undefined,
  now: Date,
  random: number,
  lastError: string,
  least = 0,
): BackoffRecord {
  const known = before && !isOver(before, now) ? before : undefined;
  const failures = (known?.failures ?? 0) + 1;
  const delay = Math.max(least, backoffDelay(failures)) * (1 + 0.1 * random);
  return {
    failures,
    nextAttempt: new Date(now.getTime() + delay).toISOString(),
    since: known?.since ?? now.toISOString(),
    lastError,
    ...(known?.counted === undefined ? {} : { counted: known.counted }),
  };
}

/** Milliseconds until the next attempt is allowed. A clock that jumped back never makes it longer than the cap. */
export function backoffLeft(record: BackoffRecord | undefined, now: Date): number {
  if (!record) return 0;
  return Math.min(backoffCap * 1.1, Math.max(0, Date.parse(record.nextAttempt) - now.getTime()));
}

function isOver({ nextAttempt }: BackoffRecord, now: Date): boolean {
  return now.getTime() - Date.parse(nextAttempt) > healthyAfter;
}
