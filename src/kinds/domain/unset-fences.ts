import type { Interface } from '../../model/domain-devices.ts';

const ofAny = ['filter', 'vlan', 'virtualport'] as const;
/** Open vSwitch is told of port and VLANs; its limits are its own. */
const ofOpenVswitch = ['filter', 'bandwidth'] as const;

export type Fence = (typeof ofAny)[number] | (typeof ofOpenVswitch)[number];

/** What a card asks for to be kept apart, and no start sets up: no machine is started without it. */
export function unsetFences(card: Interface): readonly Fence[] {
  const fences = isOnOpenVswitch(card) ? ofOpenVswitch : ofAny;
  return fences.filter((fence) => card[fence] !== undefined);
}

export function isOnOpenVswitch({ virtualport }: Interface): boolean {
  return virtualport?.type === 'openvswitch';
}
