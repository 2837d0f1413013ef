/** One address of one side of a card. */
export interface NetworkAddress {
  readonly address: string;
  readonly family?: 'ipv4' | 'ipv6';
  readonly prefix?: number;
  /** ethernet: the address at the other end of the wire. */
  readonly peer?: string;
}

export interface NetworkRoute {
  readonly family?: 'ipv4' | 'ipv6';
  readonly address: string;
  readonly netmask?: string;
  readonly prefix?: number;
  readonly gateway: string;
  readonly metric?: number;
}

/** Ports of the host that lead to the guest, with passt. No ranges: all of them. */
export interface PortForward {
  readonly proto: 'tcp' | 'udp';
  readonly address?: string;
  readonly dev?: string;
  readonly ranges?: readonly PortRange[];
}

export interface PortRange {
  readonly start: number;
  readonly end?: number;
  /** First port of the guest. */
  readonly to?: number;
  readonly exclude?: boolean;
}

/** What a switch is told of the port that it makes. Which fields count follows from `type`. */
export interface VirtualPort {
  readonly type?: '802.1Qbg' | '802.1Qbh' | 'openvswitch' | 'midonet';
  readonly managerId?: number;
  readonly typeId?: number;
  readonly typeIdVersion?: number;
  readonly instanceId?: string;
  readonly interfaceId?: string;
  readonly profileId?: string;
}

export interface Vlan {
  readonly trunk?: boolean;
  readonly tags: readonly VlanTag[];
}

export interface VlanTag {
  readonly id: number;
  readonly nativeMode?: 'tagged' | 'untagged';
}

/** Limits in KiB a second; `burst` in KiB. */
export interface Bandwidth {
  readonly inbound?: InboundLimit;
  readonly outbound?: TrafficLimit;
}

export interface TrafficLimit {
  readonly average?: number;
  readonly peak?: number;
  readonly burst?: number;
}

export interface InboundLimit extends TrafficLimit {
  /** What the card gets at least. */
  readonly floor?: number;
}

/** A filter of the host for this card's packets. */
export interface FilterReference {
  readonly filter: string;
  readonly parameters?: readonly FilterParameter[];
}

export interface FilterParameter {
  readonly name: string;
  readonly value: string;
}
