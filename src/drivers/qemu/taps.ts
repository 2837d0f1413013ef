import { findProgram } from '../../host/find-program.ts';
import { shortId } from '../../host/paths.ts';
import { run } from '../../host/processes.ts';
import { hasTap } from '../../kinds/domain/has-tap.ts';
import { type Fence, isOnOpenVswitch, unsetFences } from '../../kinds/domain/unset-fences.ts';
import type { DomainDef } from '../../model/domain.ts';
import type { Interface, NetworkAddress, NetworkRoute } from '../../model/domain-devices.ts';
import { Failure } from '../../model/failure.ts';
import { setBandwidth } from './bandwidth.ts';
import { networkLink } from './network-link.ts';
import { joinSwitch, leaveSwitch } from './open-vswitch.ts';

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

const nobody: Readonly<Record<Fence, (card: Interface) => string>> = {
  filter: ({ filter }) => `filter ${filter?.filter} is not set up here`,
  vlan: () => 'nobody here tags its packets',
  virtualport: () => 'no switch here is told of its port',
  bandwidth: () => 'limits of a port of Open vSwitch are not set here',
};

/** What keeps a guest apart from others is there, or the guest is not. */
async function refuseUnfenced({ spec }: DomainDef): Promise<void> {
  for (const card of spec.devices?.interfaces ?? []) {
    const { alias, rxFrames } = card;
    const [fence] = unsetFences(card);
    if (fence !== undefined)
      throw new Failure('network-failed', `interface ${alias}: ${fence}: ${nobody[fence](card)}`, {
        retry: 'never',
        suggestion: `put the rules on the host's side (nftables, a bridge of the VLAN) and leave ${fence} out`,
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
export async function makeTaps(def: DomainDef, signal: AbortSignal): Promise<void> {
  const uuid = def.spec.uuid ?? '';
  refuseNetworks(def);
  await refuseUnfenced(def);
  const made: Interface[] = [];
  for (const card of ours(def)) {
    const name = nameOf(card, uuid);
    const options = { signal, timeout: 5_000 };
    const ip = (...args: readonly string[]) => run('ip', [...args], options);
    try {
      await removeTap(card, uuid);
      await ip(...linkArguments(card, name));
      made.push(card);
      await ip('link', 'set', 'dev', name, 'alias', `qonverge:${uuid}`);
      const mtu = card.mtu ?? (await bridgeMtu(card.bridge));
      if (mtu !== undefined) await ip('link', 'set', 'dev', name, 'mtu', String(mtu));
      if (isOnOpenVswitch(card)) await joinSwitch(card, name, uuid, signal);
      else if (card.bridge !== undefined) await ip('link', 'set', 'dev', name, 'master', card.bridge);
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
      for (const one of made) await removeTap(one, uuid);
      if (cause instanceof Failure && ['cancelled', 'network-failed', 'not-found'].includes(cause.code))
        throw cause;
      const where = card.bridge === undefined ? '' : ` in bridge ${card.bridge}`;
      const on = card.type === 'direct' ? ` on ${card.dev}` : where;
      throw new Failure('network-failed', `cannot make tap ${name}${on}: ${(cause as Error).message}`, {
        cause,
        retry: { after: 10_000 },
        ...(card.bridge === undefined ? {} : { suggestion: bridgesOf(card) }),
      });
    }
  }
}

function bridgesOf(card: Interface): string {
  const list = isOnOpenVswitch(card) ? 'ovs-vsctl list-br' : 'ip link show type bridge';
  return `is there a bridge ${card.bridge}? \`${list}\``;
}

/** A port with a smaller MTU drops what others in its bridge may send, and may make that of the bridge smaller. */
async function bridgeMtu(bridge: string | undefined): Promise<number | undefined> {
  return bridge === undefined ? undefined : (await networkLink(bridge))?.mtu;
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
  const { bridge = '', isolated } = card;
  const target = nameOf(card, uuid);
  const options = { signal, timeout: 5_000 };
  try {
    if (isOnOpenVswitch(card)) return await joinSwitch(card, target, uuid, signal);
    await run('ip', ['link', 'set', 'dev', target, 'master', bridge], options);
    if (isolated) await run('bridge', ['link', 'set', 'dev', target, 'isolated', 'on'], options);
  } catch (cause) {
    throw new Failure(
      'network-failed',
      `cannot move ${target} to bridge ${bridge}: ${(cause as Error).message}`,
      {
        cause,
        retry: { after: 10_000 },
        suggestion: bridgesOf(card),
      },
    );
  }
}

/** Removes the tap of a card, and its port of a switch, only when they bear our tag. */
async function removeTap(card: Interface, uuid: string): Promise<void> {
  const name = nameOf(card, uuid);
  if (isOnOpenVswitch(card)) await leaveSwitch(name, uuid);
  const link = await networkLink(name);
  if (link?.ifalias !== `qonverge:${uuid}`) return;
  await run('ip', ['link', 'delete', 'dev', name], { allowedExitCodes: [1], timeout: 5_000 });
}

function nameOf({ target, alias = '' }: Interface, uuid: string): string {
  return target ?? tapName(uuid, alias);
}

export async function removeTaps(def: DomainDef): Promise<void> {
  const { uuid = '' } = def.spec;
  for (const card of ours(def)) {
    const name = nameOf(card, uuid);
    if (card.downscript !== undefined)
      await run(card.downscript, [name], { timeout: 30_000 }).catch(() => undefined);
    await removeTap(card, uuid);
  }
}
