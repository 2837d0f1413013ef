import { Failure } from '../../model/failure.ts';
import { Monitor } from '../../qmp/monitor.ts';

/** The first connection to a QEMU that was just started: nobody else can hold its monitor, so silence is its own. */
export async function openMonitor(path: string, timeout: number, signal?: AbortSignal): Promise<Monitor> {
  try {
    return await Monitor.connect(path, { timeout, ...(signal ? { signal } : {}) });
  } catch (cause) {
    if (!(cause instanceof Failure && cause.code === 'monitor-busy')) throw cause;
    throw new Failure('qemu-start-failed', `QEMU did not open its monitor within ${timeout / 1_000} s`, {
      cause,
      suggestion: 'is the emulator of its spec a QEMU? what it said is in `qonverge logs`',
    });
  }
}
