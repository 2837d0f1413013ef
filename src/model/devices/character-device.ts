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
  | 'spicevmc';

/** Serial, parallel, console and channel: one shape, as in libvirt. */
export interface CharacterDevice extends Device {
  readonly type?: CharacterBackend;
  /** Path of the socket, file, pipe or device. Absent for unix channels: the state directory's own. */
  readonly path?: string;
  readonly mode?: 'bind' | 'connect';
  readonly host?: string;
  readonly service?: string;
  readonly protocol?: 'raw' | 'telnet';
  readonly append?: boolean;
  readonly logFile?: string;
  readonly logAppend?: boolean;
  /** serial: `isa-serial`, `pci-serial`, `usb-serial`, `isa-debug`; console: `serial`, `virtio`; channel: `virtio`. */
  readonly targetType?: string;
  readonly targetModel?: string;
  readonly port?: number;
  /** channel: the name the guest sees, e.g. `org.qemu.guest_agent.0`. */
  readonly targetName?: string;
}
