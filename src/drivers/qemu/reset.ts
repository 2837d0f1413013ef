import { catchReboot } from './catch-reboot.ts';
import type { QemuDeps } from './deps.ts';
import type { Session } from './session.ts';

/**
 * The reset button. While reboots are caught it ends QEMU, which then starts with what is pending. QEMU forgets such an end
 * while its guest is paused: that is reset as it is, and what is pending comes in when it reboots.
 */
export async function resetDomain(
  session: Session,
  deps: Pick<QemuDeps, 'runRecords'>,
  signal: AbortSignal,
): Promise<void> {
  const monitor = await session.connect(3_000, signal);
  const asItIs = session.record.catchesReboot === true && (await session.runState(signal)) === 'paused';
  if (asItIs) await catchReboot(session, false, deps, signal);
  await monitor.execute('system_reset', undefined, { signal });
  if (asItIs) await catchReboot(session, true, deps, signal);
}
