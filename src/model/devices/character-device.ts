import type { Device } from './device.ts';

export type CharacterBackend =
  | 'pty'
  | 'unix'
  | 'file'
  | 'null'
  | 'stdio'
  | 'vc'
  | 'pipe'
  | 'dev'
  | 'tcp'
  | 'udp'
  | 'spicevmc'
  | 'spiceport'
  | 'qemu-vdagent'
  | 'dbus';

/** The host's end of a character device. Which fields count follows from `type`. */
export interface CharacterSource {
  readonly type?: CharacterBackend;
  /** Path of the socket, file, pipe or device. Absent for unix: a socket in the run directory. */
  readonly path?: string;
  readonly mode?: 'bind' | 'connect';
  readonly host?: string;
  readonly service?: string;
  /** udp: where it listens. */
  readonly bind?: DatagramAddress;
  readonly protocol?: 'raw' | 'telnet' | 'telnets' | 'tls';
  readonly tls?: boolean;
  readonly reconnect?: Reconnect;
  readonly append?: boolean;
  /** spiceport and dbus: name of the channel. */
  readonly channel?: string;
  /** qemu-vdagent */
  readonly clipboard?: boolean;
  readonly mouse?: 'client' | 'server';
  readonly logFile?: string;
  readonly logAppend?: boolean;
  readonly labels?: readonly SourceLabel[];
}

export interface DatagramAddress {
  readonly host?: string;
  readonly service?: string;
}

/** Whether a lost connection is made again, and after how many seconds. */
export interface Reconnect {
  readonly enabled?: boolean;
  readonly timeout?: number;
}

/** What a security driver is to do with one source: libvirt's `<seclabel>` in `<source>`. */
export interface SourceLabel {
  readonly model?: string;
  readonly relabel?: boolean;
  readonly labelskip?: boolean;
  readonly label?: string;
}

/** Serial, parallel, console and channel: one shape, as in libvirt. */
export interface CharacterDevice extends Device, CharacterSource {
  /** serial: `isa-serial`, `pci-serial`, `usb-serial`, `isa-debug`; console: `serial`, `virtio`; channel: `virtio`, `guestfwd`. */
  readonly targetType?: string;
  readonly targetModel?: string;
  readonly port?: number;
  /** channel: the name the guest sees, e.g. `org.qemu.guest_agent.0`. */
  readonly targetName?: string;
  /** guestfwd: the address in the guest's network. */
  readonly targetAddress?: string;
}
