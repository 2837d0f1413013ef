import { isAlive } from '../../host/process-identity.ts';
import { toFailure } from '../../model/failure.ts';
import { keyText } from '../../model/resource.ts';
import type { QmpEvent } from '../../qmp/events.ts';
import type { Domains } from './domains.ts';
import { bury, endDomain } from './end.ts';
import type { Session } from './session.ts';

/** Events worth waking the loop for; floods of others cost nothing. */
const waking: ReadonlySet<string> = new Set([
  'SHUTDOWN',
  'STOP',
  'RESUME',
  'RESET',
  'GUEST_PANICKED',
  'WATCHDOG',
  'BLOCK_IO_ERROR',
  'SUSPEND',
  'WAKEUP',
  'POWERDOWN',
  'DEVICE_TRAY_MOVED',
  'DEVICE_DELETED',
  'BALLOON_CHANGE',
  'MEMORY_DEVICE_SIZE_CHANGE',
]);

/** Events worth telling people. */
const noted: ReadonlySet<string> = new Set(['SHUTDOWN', 'GUEST_PANICKED', 'BLOCK_IO_ERROR', 'WATCHDOG']);

export function heard(session: Session, { event, data, count }: QmpEvent, domains: Domains): void {
  if (!waking.has(event)) return;
  const { key, running } = session.record;
  if (noted.has(event)) {
    const reason = typeof data['reason'] === 'string' ? ` (${data['reason']})` : '';
    domains.deps.events.append({
      key: keyText(key),
      type: event === 'SHUTDOWN' ? 'Normal' : 'Warning',
      reason: event,
      message: `${event}${reason}${count > 1 ? ` ×${count}` : ''}`,
    });
  }
  // libvirt's on_reboot destroy: a reset that the guest asked for is its end.
  if (event === 'RESET' && data['guest'] === true && running.spec.onReboot === 'destroy') {
    session.shutdownReason = 'guest-reset';
    endDomain(session, 'reap', domains).catch((error) =>
      domains.warn(key, 'DestroyFailed', toFailure(error).message),
    );
    return;
  }
  domains.tell(key, event);
}

/** The end of the monitor is mostly the end of the process: looked at at once, believed only with proof. */
export function watchMonitor(session: Session, domains: Domains): void {
  const { identity } = session.record;
  const { clock } = domains.deps;
  session.monitor?.closed.then(async () => {
    if (domains.closed || session.endedByUs) return;
    // The connection breaks a moment before the process is gone.
    await Promise.race([session.exited, clock.sleep(25)]);
    for (let tries = 0; tries < 40 && (await isAlive(identity)) === 'alive'; tries++) await clock.sleep(25);
    if ((await isAlive(identity)) === 'dead')
      await bury(session, domains).catch((error) =>
        domains.warn(session.record.key, 'CleanUpFailed', toFailure(error).message),
      );
    else domains.tell(session.record.key, 'monitor-lost');
  });
}
