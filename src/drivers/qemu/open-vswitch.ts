import { findProgram } from '../../host/find-program.ts';
import { run } from '../../host/processes.ts';
import type { Interface, Vlan } from '../../model/domain-devices.ts';
import { Failure } from '../../model/failure.ts';

/** Open vSwitch answers within seconds, or its daemon is away: then nobody waits for it. */
const deadline = '--timeout=5';

/**
 * Makes a tap a port of its card's bridge, with its VLANs and the names by which controllers know it. A port that an
 * earlier start left behind goes first. Columns: ovs-vswitchd.conf.db(5), tables Port and Interface.
 */
export async function joinSwitch(
  card: Interface,
  tap: string,
  uuid: string,
  signal: AbortSignal,
): Promise<void> {
  const { bridge = '', mac = '', virtualport = {}, vlan } = card;
  const { interfaceId = '', profileId } = virtualport;
  const names = {
    'attached-mac': mac,
    'iface-id': interfaceId,
    'iface-status': 'active',
    'vm-id': uuid,
    ...(profileId === undefined ? {} : { 'port-profile': profileId }),
  };
  const ids = Object.entries(names).map(([name, value]) => `external-ids:${name}=${JSON.stringify(value)}`);
  await vsctl(
    [
      '--if-exists',
      'del-port',
      tap,
      '--',
      'add-port',
      bridge,
      tap,
      ...tags(vlan),
      '--',
      'set',
      'Interface',
      tap,
      ...ids,
    ],
    signal,
  );
}

/**
 * Takes the port of a domain's tap out of its bridge: the switch remembers it over a reboot of the host, when the tap is
 * long gone. Nothing is said where there is no such port, or no Open vSwitch any more.
 */
export async function leaveSwitch(tap: string, uuid: string): Promise<void> {
  if (!(await findProgram('ovs-vsctl'))) return;
  const owner = await vsctl(['--if-exists', 'get', 'Interface', tap, 'external-ids:vm-id']).catch(() => '');
  if (owner.trim() === JSON.stringify(uuid))
    await vsctl(['--if-exists', 'del-port', tap]).catch(() => undefined);
}

/** One tag is a port of that VLAN, several are a trunk; what comes without a tag on a trunk is of its native one. */
function tags(vlan: Vlan | undefined): string[] {
  if (vlan === undefined) return [];
  const ids = vlan.tags.map(({ id }) => id);
  const native = vlan.tags.find(({ nativeMode }) => nativeMode !== undefined);
  const trunks = `trunks=${ids.join(',')}`;
  if (native) return [`vlan_mode=native-${native.nativeMode}`, `tag=${native.id}`, trunks];
  return vlan.trunk || ids.length > 1 ? [trunks] : [`tag=${ids[0]}`];
}

async function vsctl(args: readonly string[], signal?: AbortSignal): Promise<string> {
  if (!(await findProgram('ovs-vsctl')))
    throw new Failure('not-found', 'ovs-vsctl, which sets ports of Open vSwitch, is not installed', {
      retry: { after: 60_000 },
      suggestion: 'apt-get install openvswitch-switch, or use a bridge of Linux and leave virtualport out',
    });
  const options = { timeout: 10_000, ...(signal && { signal }) };
  return (await run('ovs-vsctl', [deadline, '--', ...args], options)).stdout;
}
