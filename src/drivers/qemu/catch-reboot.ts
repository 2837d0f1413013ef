import type { QemuDeps } from './deps.ts';
import type { Session } from './session.ts';

/** A reboot by the guest ends its QEMU, or resets it again. On record while it is on: adoption sets it again. */
export async function catchReboot(
  session: Session,
  on: boolean,
  { runRecords }: Pick<QemuDeps, 'runRecords'>,
  signal?: AbortSignal,
): Promise<void> {
  const { catchesReboot: _, ...record } = session.record;
  const write = async () => {
    session.record = on ? { ...record, catchesReboot: true } : record;
    runRecords.put(session.record);
  };
  if (on) await write();
  const monitor = await session.connect(3_000, signal);
  await monitor.execute('set-action', { reboot: on ? 'shutdown' : 'reset' }, signal ? { signal } : {});
  if (!on) await write();
}
