import type { Clock } from '../../../host/clock.ts';
import { Failure } from '../../../model/failure.ts';
import type { Monitor } from '../../../qmp/monitor.ts';

interface MigrationInfo {
  readonly status?: string;
  readonly 'error-desc'?: string;
  readonly 'blocked-reasons'?: readonly string[];
  readonly ram?: { readonly transferred: number };
}

/** Without a byte more in this time it is stuck: a full or hung disk. */
const patience = 60_000;

/** Waits until QEMU has written, or read, the whole state of its machine. */
export async function untilMigrated(monitor: Monitor, clock: Clock, signal: AbortSignal): Promise<void> {
  let seen = '';
  let since = clock.monotonic();
  for (let pause = 5; ; pause = Math.min(100, pause * 2)) {
    const info = await monitor.execute<MigrationInfo>('query-migrate', undefined, {
      signal,
      timeout: 10_000,
    });
    if (info.status === 'completed') return;
    if (info.status === 'failed' || info.status === 'cancelled')
      throw new Failure(
        'qmp-error',
        info['error-desc'] ?? info['blocked-reasons']?.join('; ') ?? 'QEMU does not say why',
      );
    const now = `${info.status}/${info.ram?.transferred}`;
    if (now !== seen) since = clock.monotonic();
    else if (clock.monotonic() - since > patience)
      throw new Failure('timed-out', `nothing was transferred for ${patience / 1_000} s`);
    seen = now;
    await clock.sleep(pause, signal);
  }
}
