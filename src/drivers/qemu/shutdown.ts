import { isAlive } from '../../host/process-identity.ts';
import { Failure } from '../../model/failure.ts';
import { GuestAgent } from '../../qmp/agent.ts';
import { socketPath } from './command-line/chardev.ts';
import type { QemuDeps } from './deps.ts';
import type { Session } from './session.ts';

/**
 * The polite ladder: guest agent, then the power button, pressed again every ten seconds. Past the grace period: force,
 * if it is allowed. Resolves when the guest is down; the deadline counts from `since`, not from our own start.
 */
export async function shutdownGuest(
  session: Session,
  deps: QemuDeps,
  options: { gracePeriod: number; force: boolean; elapsed: number; signal: AbortSignal },
): Promise<void> {
  const { clock } = deps;
  const deadline = clock.monotonic() + Math.max(0, options.gracePeriod * 1_000 - options.elapsed);
  let nextPress = 0;
  let agentAsked = false;
  while (clock.monotonic() < deadline) {
    const state = await session.runState(options.signal).catch(() => undefined);
    if (
      state === 'shutdown' ||
      state === 'guest-panicked' ||
      (await isAlive(session.record.identity)) === 'dead'
    )
      return;
    if (clock.monotonic() >= nextPress) {
      nextPress = clock.monotonic() + 10_000;
      if (!agentAsked && (await askAgent(session, deadline - clock.monotonic(), options.signal)))
        agentAsked = true;
      else
        await session.monitor
          ?.execute('system_powerdown', undefined, { signal: options.signal })
          .catch(() => undefined);
    }
    await clock.sleep(Math.min(100, Math.max(1, deadline - clock.monotonic())), options.signal);
  }
  const state = await session.runState(options.signal).catch(() => undefined);
  if (state === 'shutdown' || options.force) return;
  throw new Failure(
    'shutdown-timeout',
    `the guest did not shut down within ${Math.round(options.gracePeriod)} s`,
    {
      retry: { after: 60_000 },
      suggestion: `\`qonverge stop ${session.record.key.name} --force\` ends it at once`,
    },
  );
}

/** A guest that is silent costs no more than what is left. */
async function askAgent(session: Session, left: number, signal: AbortSignal): Promise<boolean> {
  const timeout = Math.min(2_000, left);
  const channel = session.record.running.spec.devices?.channels?.find(
    ({ targetName }) => targetName === 'org.qemu.guest_agent.0',
  );
  if (!channel || (channel.type !== undefined && channel.type !== 'unix')) return false;
  const agent = new GuestAgent(channel.path ?? socketPath(session.directory, channel.alias ?? ''));
  try {
    await agent.execute('guest-ping', undefined, { timeout, signal });
    await agent.execute('guest-shutdown', { mode: 'powerdown' }, { timeout, signal, expectAnswer: false });
    return true;
  } catch {
    return false;
  }
}
