import { join } from 'node:path';
import { isAlive, processState, proveDead } from '../../host/process-identity.ts';
import { signalProcess } from '../../host/processes.ts';
import { Failure } from '../../model/failure.ts';
import { failpoint } from '../../telemetry/failpoint.ts';
import type { QemuDeps } from './deps.ts';
import type { Session } from './session.ts';
import { removeTaps } from './taps.ts';
import { removeGroupsAfter } from './tuning/groups.ts';

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
  // Our own child tells of its end; of another one the connection breaks a moment before: no need to poll for it.
  if (asked && monitor) await within(3_000, session.exited ?? monitor.closed, deps);
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
  const state = processState(identity.pid);
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
    await within(pause, session.exited, deps);
    pause = Math.min(50, pause * 2);
  } while (deps.clock.monotonic() < deadline);
  return false;
}

async function within(ms: number, end: Promise<unknown> | undefined, { clock }: QemuDeps): Promise<void> {
  const timer = new AbortController();
  const timeout = clock.sleep(ms, timer.signal).catch(() => undefined);
  await Promise.race(end ? [end, timeout] : [timeout]);
  timer.abort();
}

/**
 * After proof of death only: helpers, taps, sockets, run record. Disks and NVRAM stay. Repeating it does no harm.
 * `remember` makes the reason durable before the record that would ask for it is gone.
 */
export async function cleanUp(
  session: Session,
  deps: QemuDeps,
  remember: () => Promise<void>,
): Promise<void> {
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
  await Promise.all([
    remember(),
    ...record.helpers.map((helper) => signalProcess(helper, 'SIGTERM')),
    removeTaps(record.running),
  ]);
  await removeGroupsAfter(record.helpers, record.tuning?.groups ?? [], deps.clock);
  await failpoint('stop.cleaned');
  deps.runRecords.delete(record.key);
  deps.journal.end(record.key);
}
