import type { Interface, InterfaceType, VirtualPort } from '../../../model/domain-devices.ts';
import type { Report } from './report.ts';

/** What a card asks of the switch of the host: port, VLANs, limits. */
export function checkInterfaceSwitch(card: Interface, path: string, report: Report): void {
  const { type = 'user', isolated, rxFrames } = card;
  checkVirtualPort(card, path, report);
  checkVlan(card, path, report);
  checkBandwidth(card, path, report);
  const onBridge = type === 'bridge' || type === 'network';
  if (isolated === true && !onBridge)
    report('conflicting-options', `${path}.isolated`, `an interface of type ${type} is on no bridge`);
  else if (isolated === true && card.virtualport?.type === 'openvswitch')
    report(
      'conflicting-options',
      `${path}.isolated`,
      'Open vSwitch isolates no ports',
      'use a bridge of Linux',
    );
  if (rxFrames !== undefined && !onBridge)
    report(
      'conflicting-options',
      `${path}.rxFrames`,
      `rxFrames is for types bridge and network, not for ${type}`,
    );
}

type PortField = Exclude<keyof VirtualPort, 'type'>;

/** What a port of each sort must have, and what it may have. */
const portFields: Readonly<
  Record<
    NonNullable<VirtualPort['type']>,
    { readonly needs: readonly PortField[]; readonly takes: readonly PortField[] }
  >
> = {
  '802.1Qbg': { needs: ['managerId', 'typeId', 'typeIdVersion'], takes: ['instanceId'] },
  '802.1Qbh': { needs: ['profileId'], takes: [] },
  openvswitch: { needs: [], takes: ['interfaceId', 'profileId'] },
  midonet: { needs: ['interfaceId'], takes: [] },
};

const withPort: ReadonlySet<InterfaceType> = new Set(['network', 'bridge', 'direct', 'hostdev']);

function checkVirtualPort({ virtualport, type = 'user' }: Interface, path: string, report: Report): void {
  if (virtualport === undefined) return;
  const place = `${path}.virtualport`;
  if (!withPort.has(type))
    return report('conflicting-options', place, `an interface of type ${type} has no port of a switch`);
  if (virtualport.type === undefined) {
    if (type !== 'network')
      report(
        'missing-field',
        `${place}.type`,
        `a port of type ${type} needs its sort`,
        'add type: openvswitch',
      );
    return;
  }
  const { needs, takes } = portFields[virtualport.type];
  for (const field of needs)
    if (virtualport[field] === undefined)
      report('missing-field', `${place}.${field}`, `a port of ${virtualport.type} needs ${field}`);
  for (const field of Object.keys(virtualport) as (keyof VirtualPort)[])
    if (field !== 'type' && !needs.includes(field) && !takes.includes(field))
      report('conflicting-options', `${place}.${field}`, `a port of ${virtualport.type} has no ${field}`);
}

function checkVlan(
  { vlan, type = 'user', mode, virtualport }: Interface,
  path: string,
  report: Report,
): void {
  if (vlan === undefined) return;
  const natives = vlan.tags.filter(({ nativeMode }) => nativeMode !== undefined);
  if (vlan.trunk === false && (vlan.tags.length > 1 || natives.length > 0))
    report(
      'conflicting-options',
      `${path}.vlan.trunk`,
      'several VLANs, or a native one, are a trunk',
      'leave trunk out',
    );
  if (natives.length > 1) report('conflicting-options', `${path}.vlan.tags`, 'a trunk has one native VLAN');
  const tagged =
    type === 'network' ||
    type === 'hostdev' ||
    (type === 'direct' && mode === 'passthrough') ||
    (type === 'bridge' && virtualport?.type === 'openvswitch');
  if (!tagged)
    report(
      'conflicting-options',
      `${path}.vlan`,
      `nobody tags the packets of this interface of type ${type}`,
      'use a bridge with virtualport of type openvswitch, or a bridge of the VLAN',
    );
}

function checkBandwidth({ bandwidth, type }: Interface, path: string, report: Report): void {
  for (const [way, limit] of Object.entries(bandwidth ?? {})) {
    const floor = 'floor' in limit ? limit.floor : undefined;
    if (limit.average === undefined && floor === undefined)
      report(
        'missing-field',
        `${path}.bandwidth.${way}.average`,
        'a limit needs its average',
        'add average, in KiB a second',
      );
    if (floor !== undefined && type !== 'network')
      report('conflicting-options', `${path}.bandwidth.${way}.floor`, 'only a network promises a floor');
  }
}
