import type { Reconnect } from './character-device.ts';
import type { Device, VirtioOptions } from './device.ts';
import type { HostPci, HostUsb, Teaming } from './hostdev.ts';
import type {
  Bandwidth,
  FilterReference,
  NetworkAddress,
  NetworkRoute,
  PortForward,
  VirtualPort,
  Vlan,
} from './interface-network.ts';
import type { Rom } from './rom.ts';

export type InterfaceType =
  | 'user'
  | 'bridge'
  | 'ethernet'
  | 'network'
  | 'direct'
  | 'hostdev'
  | 'vhostuser'
  | 'vdpa'
  | 'server'
  | 'client'
  | 'mcast'
  | 'udp'
  | 'internal'
  | 'null'
  | 'vds';

/** A network card. Which of the fields for its other end count follows from `type`. */
export interface Interface extends Device {
  readonly type?: InterfaceType;
  readonly bridge?: string;
  readonly network?: string;
  readonly portgroup?: string;
  /** direct: interface of the host; vdpa: its device node; user: interface whose addresses passt takes over. */
  readonly dev?: string;
  /** direct: what the cards on one interface of the host see of each other. */
  readonly mode?: 'vepa' | 'bridge' | 'private' | 'passthrough';
  readonly socket?: NetworkSocket;
  readonly vhostuser?: VhostUserSocket;
  readonly pci?: HostPci;
  readonly usb?: Pick<HostUsb, 'bus' | 'device'>;
  /** hostdev: the host's own driver is taken off at start, and put back. */
  readonly detach?: boolean;
  /** internal: name of a network of another hypervisor. */
  readonly internal?: string;
  readonly vds?: DistributedSwitch;
  /** Name of the tap device; assigned at each start when absent. */
  readonly target?: string;
  /** `no`: the tap exists already and is not ours to make or remove. */
  readonly managed?: boolean;
  readonly guest?: GuestName;
  readonly model?:
    | 'virtio'
    | 'virtio-transitional'
    | 'virtio-non-transitional'
    | 'e1000e'
    | 'e1000'
    | 'rtl8139'
    | (string & {});
  readonly mac?: string;
  readonly macType?: 'generated' | 'static';
  readonly macCheck?: boolean;
  readonly mtu?: number;
  readonly link?: 'up' | 'down';
  readonly bootOrder?: number;
  readonly queues?: number;
  /** `vfio`, `kvm` and `xen` are words of type hostdev. */
  readonly driver?: 'qemu' | 'vhost' | 'vfio' | 'kvm' | 'xen';
  readonly rxQueueSize?: number;
  readonly txQueueSize?: number;
  readonly txMode?: 'iothread' | 'timer';
  readonly ioeventfd?: boolean;
  readonly eventIdx?: boolean;
  readonly rss?: boolean;
  readonly rssHashReport?: boolean;
  readonly hostOffloads?: HostOffloads;
  readonly guestOffloads?: Offloads;
  readonly virtio?: VirtioOptions;
  readonly backend?: InterfaceBackend;
  /** What the guest's side is told: the network of user mode. */
  readonly ips?: readonly NetworkAddress[];
  readonly routes?: readonly NetworkRoute[];
  /** What the host's side of an ethernet card gets. */
  readonly hostIps?: readonly NetworkAddress[];
  readonly hostRoutes?: readonly NetworkRoute[];
  readonly portForwards?: readonly PortForward[];
  readonly script?: string;
  readonly downscript?: string;
  readonly backendDomain?: string;
  readonly virtualport?: VirtualPort;
  readonly vlan?: Vlan;
  readonly bandwidth?: Bandwidth;
  readonly filter?: FilterReference;
  /** Ports that are isolated do not see each other. */
  readonly isolated?: boolean;
  readonly trustGuestRxFilters?: boolean;
  /** Bytes that the tap holds before the guest has to wait. */
  readonly sndbuf?: number;
  /** Packets that the host gathers for one interrupt. */
  readonly rxFrames?: number;
  readonly teaming?: Teaming;
  readonly rom?: Rom;
}

/** A virtual wire between QEMUs: server, client, mcast, udp. */
export interface NetworkSocket {
  readonly address?: string;
  readonly port: number;
  /** udp: where it listens. */
  readonly local?: NetworkSocketEnd;
}

export interface NetworkSocketEnd {
  readonly address?: string;
  readonly port: number;
}

/** The socket of a switch that runs as a process. */
export interface VhostUserSocket {
  readonly path: string;
  /** server: QEMU listens. */
  readonly mode: 'server' | 'client';
  readonly reconnect?: Reconnect;
}

/** A port of a switch that VMware spans over hosts. */
export interface DistributedSwitch {
  readonly switchId: string;
  readonly portId?: number;
  readonly portgroupId?: string;
  readonly connectionId?: number;
}

export interface GuestName {
  readonly dev?: string;
  readonly actual?: string;
}

/** Work that the other side may leave to a virtio card. */
export interface Offloads {
  readonly csum?: boolean;
  readonly tso4?: boolean;
  readonly tso6?: boolean;
  readonly ecn?: boolean;
  readonly ufo?: boolean;
}

export interface HostOffloads extends Offloads {
  readonly gso?: boolean;
  readonly mrgRxbuf?: boolean;
}

export interface InterfaceBackend {
  /** user: passt instead of QEMU's own. */
  readonly type?: 'passt';
  readonly logFile?: string;
  /** passt: what listens on the host's loopback is reached by the address of the gateway. */
  readonly hostLoopback?: boolean;
  /** Device nodes in the place of /dev/net/tun and /dev/vhost-net. */
  readonly tap?: string;
  readonly vhost?: string;
}
