import { readText } from '../../host/files.ts';
import { findProgram } from '../../host/find-program.ts';
import { shortId } from '../../host/paths.ts';
import { run } from '../../host/processes.ts';
import { hasTap } from '../../kinds/domain/has-tap.ts';
import type { DomainDef } from '../../model/domain.ts';
import type { Interface, NetworkAddress, NetworkRoute } from '../../model/domain-devices.ts';
import { Failure } from '../../model/failure.ts';
import { setBandwidth } from './bandwidth.ts';

/** The tap of one interface: the same name at every start, so that one left over is found again. */
export function tapName(uuid: string, alias: string): string {
  return `qv${shortId(`${uuid}/${alias}`).replace(/[^A-Za-z0-9]/g, 'x')}`;
}

function ours(def: DomainDef): Interface[] {
  return (def.spec.devices?.interfaces ?? []).filter(hasTap);
}

/** A network has a bridge, and who has the network knows which. */
function refuseNetworks(def: DomainDef): void {
  const card = def.spec.devices?.interfaces?.find(({ type }) => type === 'network');
  if (card !== undefined)
    throw new Failure('network-failed', `interface ${card.alias}: this host has no network ${card.network}`, {
      retry: { after: 30_000 },
      suggestion: `write the bridge instead, bridge: virbr0 (\`virsh net-info ${card.network}\` names it for libvirt's networks)`,
    });
}

/** What keeps a guest apart from others is there, or the guest is not. */
async function refuseUnfenced({ spec }: DomainDef): Promise<void> {
  for (const { alias, filter, vlan, virtualport, rxFrames } of spec.devices?.interfaces ?? []) {
    const fence =
      filter !== undefined
        ? (['filter', `filter ${filter.filter} is not set up here`] as const)
        : vlan !== undefined
          ? (['vlan', 'nobody here tags its packets'] as const)
          : virtualport !== undefined
            ? (['virtualport', 'no switch here is told of its port'] as const)
            : undefined;
    if (fence !== undefined)
      throw new Failure('network-failed', `interface ${alias}: ${fence[0]}: ${fence[1]}`, {
        retry: 'never',
        suggestion: `put the rules on the host's side (nftables, a bridge of the VLAN) and leave ${fence[0]} out`,
      });
    if (rxFrames !== undefined && !(await findProgram('ethtool')))
      throw new Failure(
        'not-found',
        `interface ${alias}: rxFrames: ethtool, which sets it, is not installed`,
        {
          retry: { after: 60_000 },
          suggestion: 'apt-get install ethtool, or leave rxFrames out',
        },
      );
  }
}

/** Makes the taps of a domain, tagged as ours, and puts them into their bridges. */
export async function makeTaps(def: DomainDef, signal: AbortSignal): Promise<string[]> {
  const uuid = def.spec.uuid ?? '';
  refuseNetworks(def);
  await refuseUnfenced(def);
  const made: string[] = [];
  for (const card of ours(def)) {
    const name = card.target ?? tapName(uuid, card.alias ?? '');
    const options = { signal, timeout: 5_000 };
    const ip = (...args: readonly string[]) => run('ip', [...args], options);
    try {
      await removeTap(name, uuid);
      await ip(...linkArguments(card, name));
      made.push(name);
      await ip('link', 'set', 'dev', name, 'alias', `qonverge:${uuid}`);
      const mtu = card.mtu ?? (await bridgeMtu(card.bridge));
      if (mtu !== undefined) await ip('link', 'set', 'dev', name, 'mtu', String(mtu));
      if (card.bridge !== undefined) await ip('link', 'set', 'dev', name, 'master', card.bridge);
      if (card.isolated) await run('bridge', ['link', 'set', 'dev', name, 'isolated', 'on'], options);
      for (const address of card.hostIps ?? [])
        await ip('address', 'add', ...addressArguments(address, name));
      await ip('link', 'set', 'dev', name, 'up');
      for (const route of card.hostRoutes ?? []) await ip('route', 'add', ...routeArguments(route, name));
      if (card.rxFrames !== undefined)
        await run('ethtool', ['--coalesce', name, 'rx-frames', String(card.rxFrames)], options);
      await setBandwidth(card, name, signal);
      if (card.script !== undefined) await run(card.script, [name], { signal, timeout: 30_000 });
    } catch (cause) {
      for (const tap of made) await removeTap(tap, uuid);
      if (cause instanceof Failure && (cause.code === 'cancelled' || cause.code === 'network-failed'))
        throw cause;
      const where = card.bridge === undefined ? '' : ` in bridge ${card.bridge}`;
      const on = card.type === 'direct' ? ` on ${card.dev}` : where;
      throw new Failure('network-failed', `cannot make tap ${name}${on}: ${(cause as Error).message}`, {
        cause,
        retry: { after: 10_000 },
        ...(card.bridge === undefined
          ? {}
          : { suggestion: `is there a bridge ${card.bridge}? \`ip link show type bridge\`` }),
      });
    }
  }
  return made;
}

/** A port with a smaller MTU drops what others in its bridge may send, and may make that of the bridge smaller. */
async function bridgeMtu(bridge: string | undefined): Promise<number | undefined> {
  if (bridge === undefined) return undefined;
  const text = await readText(`/sys/class/net/${bridge}/mtu`).catch(() => '');
  return Number(text) || undefined;
}

/** A macvtap is made on an interface of the host, and has the guest's address itself. */
function linkArguments(
  { type, dev = '', mode = 'vepa', mac = '', queues = 1 }: Interface,
  name: string,
): string[] {
  if (type === 'direct')
    return [
      'link',
      'add',
      'link',
      dev,
      'name',
      name,
      'address',
      mac,
      'type',
      'macvtap',
      'mode',
      macvtapMode[mode],
    ];
  return ['tuntap', 'add', 'dev', name, 'mode', 'tap', 'vnet_hdr', ...(queues > 1 ? ['multi_queue'] : [])];
}

const macvtapMode = { vepa: 'vepa', bridge: 'bridge', private: 'private', passthrough: 'passthru' } as const;

function addressArguments({ address, prefix, peer, family }: NetworkAddress, dev: string): readonly string[] {
  const length = prefix ?? (family === 'ipv6' ? 64 : 24);
  const own = peer === undefined ? [`${address}/${length}`] : [address, 'peer', `${peer}/${length}`];
  return [...own, 'dev', dev];
}

function routeArguments(route: NetworkRoute, dev: string): readonly string[] {
  const { address, prefix, netmask, gateway, metric } = route;
  const mask = netmask ?? prefix ?? (route.family === 'ipv6' ? 64 : 24);
  const cost = metric === undefined ? [] : ['metric', String(metric)];
  return [`${address}/${mask}`, 'via', gateway, 'dev', dev, ...cost];
}

/** Puts the tap of a card that runs into the bridge that its definition names. A port's settings are its bridge's. */
export async function moveTap(card: Interface, uuid: string, signal: AbortSignal): Promise<void> {
  const { alias = '', target = tapName(uuid, alias), bridge = '', isolated } = card;
  const options = { signal, timeout: 5_000 };
  try {
    await run('ip', ['link', 'set', 'dev', target, 'master', bridge], options);
    if (isolated) await run('bridge', ['link', 'set', 'dev', target, 'isolated', 'on'], options);
  } catch (cause) {
    throw new Failure(
      'network-failed',
      `cannot move ${target} to bridge ${bridge}: ${(cause as Error).message}`,
      {
        cause,
        retry: { after: 10_000 },
        suggestion: `is there a bridge ${bridge}? \`ip link show type bridge\``,
      },
    );
  }
}

/** Removes a tap only when it bears our tag. */
export async function removeTap(name: string, uuid: string): Promise<void> {
  const { stdout, exitCode } = await run('ip', ['-j', 'link', 'show', 'dev', name], {
    allowedExitCodes: [1],
    timeout: 5_000,
  });
  if (exitCode !== 0) return;
  const [link] = JSON.parse(stdout || '[]') as { ifalias?: string }[];
  if (link?.ifalias === `qonverge:${uuid}`)
    await run('ip', ['link', 'delete', 'dev', name], { allowedExitCodes: [1], timeout: 5_000 });
}

export async function removeTaps(def: DomainDef): Promise<void> {
  const { uuid = '' } = def.spec;
  for (const card of ours(def)) {
    const name = card.target ?? tapName(uuid, card.alias ?? '');
    if (card.downscript !== undefined)
      await run(card.downscript, [name], { timeout: 30_000 }).catch(() => undefined);
    await removeTap(name, uuid);
  }
}
