import type { BackoffRecord } from '../state/records.ts';

const step = 10_000;
const cap = 300_000;
/** A machine that ran this long is healthy: what was before is forgotten. */
export const healthyAfter = 10 * 60_000;

/** 10 s · n², at most 300 s. The first retry is at once. */
export function backoffDelay(failures: number): number {
  const n = Math.max(0, failures - 1);
  return Math.min(cap, step * n * n);
}

/** One more failure. `random` spreads retries by up to a tenth. */
export function nextBackoff(
  before: BackoffRecord | undefined,
  now: Date,
  random: number,
  lastError?: string,
): BackoffRecord {
  const failures = (before?.failures ?? 0) + 1;
  const delay = backoffDelay(failures) * (1 + 0.1 * random);
  return {
    failures,
    nextAttempt: new Date(now.getTime() + delay).toISOString(),
    since: before?.since ?? now.toISOString(),
    ...(lastError === undefined ? {} : { lastError }),
  };
}

/** Milliseconds until the next attempt is allowed. A clock that jumped back never makes it longer than the cap. */
export function backoffLeft(record: BackoffRecord | undefined, now: Date): number {
  if (!record) return 0;
  return Math.min(cap * 1.1, Math.max(0, Date.parse(record.nextAttempt) - now.getTime()));
}
