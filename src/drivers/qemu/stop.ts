import { join } from 'node:path';
import { isAlive, processState, proveDead } from '../../host/process-identity.ts';
import { signalProcess } from '../../host/processes.ts';
import { Failure } from '../../model/failure.ts';
import { GuestAgent } from '../../qmp/agent.ts';
import { failpoint } from '../../telemetry/failpoint.ts';
import { socketPath } from './command-line/chardev.ts';
import type { QemuDeps } from './deps.ts';
import type { Session } from './session.ts';
import { removeTaps } from './taps.ts';

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
      if (!agentAsked && (await askAgent(session, options.signal))) agentAsked = true;
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
    `the guest did not shut down within ${options.gracePeriod} s, and force is not allowed`,
    {
      retry: { after: 60_000 },
      suggestion: `\`qonverge stop ${session.record.key.name} --force\` ends it at once`,
    },
  );
}

async function askAgent(session: Session, signal: AbortSignal): Promise<boolean> {
  const channel = session.record.running.spec.devices?.channels?.find(
    ({ targetName }) => targetName === 'org.qemu.guest_agent.0',
  );
  if (!channel || (channel.type !== undefined && channel.type !== 'unix')) return false;
  const agent = new GuestAgent(channel.path ?? socketPath(session.directory, channel.alias ?? ''));
  try {
    await agent.execute('guest-ping', undefined, { timeout: 2_000, signal });
    await agent.execute(
      'guest-shutdown',
      { mode: 'powerdown' },
      { timeout: 2_000, signal, expectAnswer: false },
    );
    return true;
  } catch {
    return false;
  }
}

/** Ends the process: asked by QMP, then SIGTERM, then SIGKILL, each only to the process that it is. */
export async function endProcess(session: Session, deps: QemuDeps): Promise<void> {
  const { identity } = session.record;
  session.endedByUs = true;
  const monitor = session.monitor?.isOpen
    ? session.monitor
    : await session.connectSecond(1_000).catch(() => undefined);
  const asked = await monitor?.execute('quit', undefined, { timeout: 1_000 }).then(
    () => true,
    () => false,
  );
  // The connection ends with the process: no need to poll for it.
  if (asked && monitor) await Promise.race([monitor.closed, deps.clock.sleep(3_000)]);
  await failpoint('stop.asked');
  const steps: readonly (readonly [NodeJS.Signals | undefined, number])[] = [
    [undefined, asked ? 3_000 : 0],
    ['SIGTERM', 3_000],
    ['SIGKILL', 5_000],
  ];
  for (const [signal, patience] of steps) {
    if (signal) await signalProcess(identity, signal);
    if (await untilDead(session, deps, patience)) return;
  }
  const state = await processState(identity.pid);
  throw new Failure(
    'domain-unknown',
    `process ${identity.pid} does not end (state ${state ?? '?'}): it may hang in the kernel`,
    {
      retry: { after: 10_000 },
      suggestion: 'its disks stay locked until it ends; nothing was started in its place',
    },
  );
}

async function untilDead(session: Session, deps: QemuDeps, patience: number): Promise<boolean> {
  const deadline = deps.clock.monotonic() + patience;
  let pause = 1;
  do {
    if ((await isAlive(session.record.identity)) === 'dead') return true;
    await deps.clock.sleep(pause);
    pause = Math.min(50, pause * 2);
  } while (deps.clock.monotonic() < deadline);
  return false;
}

/** After proof of death only: helpers, taps, sockets, run record. Disks and NVRAM stay. Repeating it does no harm. */
export async function cleanUp(session: Session, deps: QemuDeps): Promise<void> {
  const { record } = session;
  const proof = await proveDead({
    bootId: record.identity.bootId,
    identity: record.identity,
    pidfile: join(session.directory, 'qemu.pid'),
    uuid: record.uuid,
  });
  if (proof !== 'dead') {
    const why = 'unknown' in proof ? proof.unknown : `process ${proof.alive.pid} carries its uuid`;
    throw new Failure('domain-unknown', `not cleaned up: ${why}`, { retry: { after: 10_000 } });
  }
  session.monitor?.close();
  await failpoint('stop.dead');
  for (const helper of record.helpers) await signalProcess(helper, 'SIGTERM');
  await removeTaps(record.running);
  await failpoint('stop.cleaned');
  await deps.runRecords.delete(record.key);
  await deps.journal.end(record.key);
}
