import { systemClock } from '../../../host/clock.ts';
import { canConnect } from '../../../host/sockets.ts';
import { Failure, toFailure } from '../../../model/failure.ts';
import { type GuestCommand, type Probe, type ProbeAnswer, probeDefaults } from '../../../model/probe.ts';
import { GuestAgent } from '../../../qmp/agent.ts';
import { socketPath } from '../command-line/chardev.ts';
import type { Session } from '../session.ts';
import { hasSaid } from './has-said.ts';

interface Try {
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** All that the probe asks, once, in order; the first that fails is the answer. */
export async function runProbe(session: Session, probe: Probe, signal: AbortSignal): Promise<ProbeAnswer> {
  const timeout = (probe.timeout ?? probeDefaults.timeout) * 1_000;
  const answers: string[] = [];
  for (const { name, ask } of questions(session, probe)) {
    try {
      answers.push(`${name}: ${await ask({ timeout, signal })}`);
    } catch (error) {
      const failure = toFailure(error);
      if (failure.code === 'cancelled') throw failure;
      return { ok: false, message: `${name}: ${failure.message}` };
    }
  }
  return { ok: true, message: answers.join('; ') };
}

function questions(
  session: Session,
  { marker, agentPing, exec, tcp }: Probe,
): readonly { name: string; ask(options: Try): Promise<string> }[] {
  return [
    ...(marker
      ? [{ name: `marker ${marker.text ?? `/${marker.pattern}/`}`, ask: () => hasSaid(session, marker) }]
      : []),
    ...(agentPing ? [{ name: 'guest agent', ask: (options: Try) => ping(session, options) }] : []),
    ...(exec
      ? [{ name: `exec ${exec.command}`, ask: (options: Try) => runInGuest(session, exec, options) }]
      : []),
    ...(tcp
      ? [
          {
            name: `tcp ${tcp.host}:${tcp.port}`,
            ask: ({ timeout, signal }: Try) => canConnect(tcp, timeout, signal).then(() => 'connected'),
          },
        ]
      : []),
  ];
}

function agentOf({ record, directory }: Session): GuestAgent {
  const channel = record.running.spec.devices?.channels?.find(
    ({ targetName }) => targetName === 'org.qemu.guest_agent.0',
  );
  if (!channel) throw new Failure('agent-unavailable', 'it runs without a channel for the guest agent');
  return new GuestAgent(channel.path ?? socketPath(directory, channel.alias ?? ''));
}

async function ping(session: Session, options: Try): Promise<string> {
  await agentOf(session).execute('guest-ping', undefined, options);
  return 'answers';
}

interface ExecStatus {
  readonly exited: boolean;
  readonly exitcode?: number;
  readonly signal?: number;
}

async function runInGuest(
  session: Session,
  { command, args = [], exitCode = 0 }: GuestCommand,
  { timeout, signal }: Try,
): Promise<string> {
  const agent = agentOf(session);
  const deadline = performance.now() + timeout;
  const started = await agent.execute<{ pid: number }>(
    'guest-exec',
    { path: command, arg: args },
    { timeout, signal },
  );
  while (performance.now() < deadline) {
    const left = Math.max(1, deadline - performance.now());
    const status = await agent.execute<ExecStatus>(
      'guest-exec-status',
      { pid: started?.pid },
      { timeout: left, signal },
    );
    if (status?.exited) {
      if (status.exitcode === exitCode) return `status ${exitCode}`;
      const end = status.signal === undefined ? `status ${status.exitcode}` : `signal ${status.signal}`;
      throw new Failure('agent-unavailable', `ended with ${end}, not with status ${exitCode}`);
    }
    await systemClock.sleep(Math.min(100, left), signal);
  }
  throw new Failure('timed-out', `did not end within ${timeout} ms`);
}
