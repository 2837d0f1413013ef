import { run } from '../../host/processes.ts';
import type { Interface, TrafficLimit } from '../../model/domain-devices.ts';
import { Failure } from '../../model/failure.ts';

/** One call of tc(8). */
interface Rule {
  readonly way: 'inbound' | 'outbound';
  readonly args: readonly string[];
  /** Fairness between connections: kernels without it shape as well. */
  readonly isOptional?: boolean;
}

/**
 * Limits of a card at its host end, as libvirt sets them: what the host sends is shaped by HTB, what it receives is
 * dropped above the rate. A tap looks from the guest's side, so that `inbound` is what the host sends; a macvtap is the
 * host's own.
 */
export function bandwidthRules({ bandwidth = {}, type }: Interface, dev: string): readonly Rule[] {
  const { inbound, outbound } = bandwidth;
  const isHosts = type === 'direct';
  const [sent, received] = isHosts ? [outbound, inbound] : [inbound, outbound];
  return [
    ...(sent?.average ? shaped(sent, dev, isHosts ? 'outbound' : 'inbound') : []),
    ...(received?.average ? policed(received, dev, isHosts ? 'inbound' : 'outbound') : []),
  ];
}

function shaped({ average = 0, peak, burst }: TrafficLimit, dev: string, way: Rule['way']): readonly Rule[] {
  const rate = [
    ...['rate', `${average}kbps`],
    ...(peak === undefined ? [] : ['ceil', `${peak}kbps`]),
    ...(burst === undefined ? [] : ['burst', `${burst}kb`]),
  ];
  return [
    { way, args: ['qdisc', 'add', 'dev', dev, 'root', 'handle', '1:', 'htb', 'default', '1'] },
    { way, args: ['class', 'add', 'dev', dev, 'parent', '1:', 'classid', '1:1', 'htb', ...rate] },
    {
      way,
      args: ['qdisc', 'add', 'dev', dev, 'parent', '1:1', 'handle', '2:', 'sfq', 'perturb', '10'],
      isOptional: true,
    },
  ];
}

function policed(
  { average = 0, burst = average }: TrafficLimit,
  dev: string,
  way: Rule['way'],
): readonly Rule[] {
  const everything = ['protocol', 'all', 'u32', 'match', 'u32', '0', '0'];
  const police = [
    'police',
    'rate',
    `${average}kbps`,
    'burst',
    `${burst}kb`,
    'mtu',
    '64kb',
    'drop',
    'flowid',
    ':1',
  ];
  return [
    { way, args: ['qdisc', 'add', 'dev', dev, 'ingress'] },
    { way, args: ['filter', 'add', 'dev', dev, 'parent', 'ffff:', ...everything, ...police] },
  ];
}

/** Sets the limits of a card whose host end is there, in place of those it had. */
export async function setBandwidth(card: Interface, dev: string, signal: AbortSignal): Promise<void> {
  const options = { signal, timeout: 5_000 };
  for (const { way, args, isOptional } of bandwidthRules(card, dev))
    await run('tc', args, options).catch((cause: Error) => {
      if (isOptional) return;
      throw new Failure(
        'network-failed',
        `interface ${card.alias}: bandwidth.${way} of ${dev}: ${cause.message}`,
        {
          cause,
          retry: { after: 60_000 },
          suggestion: 'the kernel needs sch_htb, sch_ingress, cls_u32 and act_police; or leave the limit out',
        },
      );
    });
}

/** A card has no limits that were not set by us: both places are ours. */
export async function clearBandwidth(dev: string, signal: AbortSignal): Promise<void> {
  const options = { signal, timeout: 5_000, allowedExitCodes: [1, 2] };
  for (const place of ['root', 'ingress']) await run('tc', ['qdisc', 'del', 'dev', dev, place], options);
}
