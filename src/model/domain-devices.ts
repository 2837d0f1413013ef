/**
 * Devices of a domain, in the flat form that YAML shows. `name` is the stable identity of a device (XML: the user
 * alias `ua-<name>`); without one, identity is what `complete` assigns. `alias` and `address` are assigned once.
 */
export interface DomainDevices {
  readonly disks?: readonly Disk[];
  readonly controllers?: readonly Controller[];
  readonly interfaces?: readonly Interface[];
  readonly serials?: readonly CharacterDevice[];
  readonly parallels?: readonly CharacterDevice[];
  readonly consoles?: readonly CharacterDevice[];
  readonly channels?: readonly CharacterDevice[];
  readonly inputs?: readonly Input[];
  readonly tpms?: readonly Tpm[];
  readonly graphics?: readonly Graphics[];
  readonly sounds?: readonly Sound[];
  readonly audios?: readonly Audio[];
  readonly videos?: readonly Video[];
  readonly watchdogs?: readonly Watchdog[];
  readonly memballoon?: Memballoon;
  readonly rngs?: readonly Rng[];
  readonly panics?: readonly Panic[];
  readonly vsock?: Vsock;
}

export interface Device {
  readonly name?: string;
  /** QEMU's id of the device, libvirt's alias: `virtio-disk0`, `net0`, or `ua-<name>`. */
  readonly alias?: string;
  readonly address?: DeviceAddress;
  /** Number in the names that Linux gives to PCI devices: `eno1`. */
  readonly acpiIndex?: number;
}

export type DeviceAddress = PciAddress | DriveAddress | VirtioSerialAddress | UsbAddress | IsaAddress;

export interface PciAddress {
  readonly type: 'pci';
  readonly domain?: number;
  readonly bus?: number;
  readonly slot?: number;
  readonly function?: number;
  readonly multifunction?: boolean;
}

export interface DriveAddress {
  readonly type: 'drive';
  readonly controller?: number;
  readonly bus?: number;
  readonly target?: number;
  readonly unit?: number;
}

export interface VirtioSerialAddress {
  readonly type: 'virtio-serial';
  readonly controller?: number;
  readonly bus?: number;
  readonly port?: number;
}

export interface UsbAddress {
  readonly type: 'usb';
  readonly bus?: number;
  /** `1` or `1.2`: the path through the hubs. */
  readonly port?: string;
}

export interface IsaAddress {
  readonly type: 'isa';
  readonly iobase?: number;
  readonly irq?: number;
}

export interface VirtioOptions {
  readonly iommu?: boolean;
  readonly ats?: boolean;
  readonly packed?: boolean;
  readonly pagePerVq?: boolean;
}

export type DiskBus = 'virtio' | 'scsi' | 'sata' | 'ide' | 'usb' | 'fdc';
export type DiskFormat = 'raw' | 'qcow2';

export interface Disk extends Device {
  /** Which of `file`, `block` and `volume` gives the data. No source at all: an empty drive. */
  readonly type?: 'file' | 'block' | 'volume';
  readonly device?: 'disk' | 'cdrom' | 'floppy';
  readonly file?: string;
  readonly block?: string;
  /** Name of a `Volume`. */
  readonly volume?: string;
  readonly format?: DiskFormat;
  readonly bus?: DiskBus;
  /** libvirt's target: `vda`, `sdb`, `hdc`, `fda`. */
  readonly dev?: string;
  readonly cache?: 'default' | 'none' | 'writeback' | 'writethrough' | 'directsync' | 'unsafe';
  readonly io?: 'native' | 'threads' | 'io_uring';
  readonly discard?: 'unmap' | 'ignore';
  readonly detectZeroes?: 'off' | 'on' | 'unmap';
  readonly errorPolicy?: 'stop' | 'report' | 'ignore' | 'enospace';
  readonly rerrorPolicy?: 'stop' | 'report' | 'ignore';
  readonly copyOnRead?: boolean;
  readonly iothread?: number;
  readonly queues?: number;
  readonly virtio?: VirtioOptions;
  readonly serial?: string;
  readonly wwn?: string;
  readonly vendor?: string;
  readonly product?: string;
  readonly readonly?: boolean;
  readonly shareable?: boolean;
  readonly transient?: boolean;
  readonly removable?: boolean;
  readonly tray?: 'open' | 'closed';
  /** Requests per second of the medium; for `usb` and `ide` geometry see a later release. */
  readonly rotationRate?: number;
  readonly logicalBlockSize?: number;
  readonly physicalBlockSize?: number;
  readonly bootOrder?: number;
  readonly iotune?: Iotune;
  readonly startupPolicy?: 'mandatory' | 'requisite' | 'optional';
  readonly backingStore?: BackingStore;
}

/** An explicit chain; `terminal` says that the image has no backing file. */
export interface BackingStore {
  readonly type?: 'file' | 'block';
  readonly file?: string;
  readonly block?: string;
  readonly format?: DiskFormat;
  readonly backingStore?: BackingStore;
  readonly terminal?: boolean;
}

/** Bytes, operations and seconds; 0 means no limit. Names are libvirt's. */
export interface Iotune {
  readonly totalBytesSec?: number;
  readonly readBytesSec?: number;
  readonly writeBytesSec?: number;
  readonly totalIopsSec?: number;
  readonly readIopsSec?: number;
  readonly writeIopsSec?: number;
  readonly totalBytesSecMax?: number;
  readonly readBytesSecMax?: number;
  readonly writeBytesSecMax?: number;
  readonly totalIopsSecMax?: number;
  readonly readIopsSecMax?: number;
  readonly writeIopsSecMax?: number;
  readonly totalBytesSecMaxLength?: number;
  readonly readBytesSecMaxLength?: number;
  readonly writeBytesSecMaxLength?: number;
  readonly totalIopsSecMaxLength?: number;
  readonly readIopsSecMaxLength?: number;
  readonly writeIopsSecMaxLength?: number;
  readonly sizeIopsSec?: number;
  readonly groupName?: string;
}

export type ControllerType = 'pci' | 'scsi' | 'sata' | 'ide' | 'fdc' | 'usb' | 'virtio-serial';

export interface Controller extends Device {
  readonly type: ControllerType;
  readonly index?: number;
  readonly model?: string;
  /** virtio-serial */
  readonly ports?: number;
  readonly vectors?: number;
  /** virtio-scsi */
  readonly queues?: number;
  readonly cmdPerLun?: number;
  readonly maxSectors?: number;
  readonly iothread?: number;
  readonly ioeventfd?: boolean;
  readonly virtio?: VirtioOptions;
  /** usb companions: the start port on the master. */
  readonly masterStartport?: number;
  /** pci: libvirt's `<model name>` and `<target …>`. */
  readonly pciModelName?: string;
  readonly chassisNr?: number;
  readonly chassis?: number;
  readonly port?: number;
  readonly busNr?: number;
  readonly hotplug?: boolean;
  /** Bytes; 64-bit PCI hole of the root. */
  readonly pcihole64?: number;
}

export type InterfaceType = 'user' | 'bridge' | 'ethernet';

export interface Interface extends Device {
  readonly type?: InterfaceType;
  readonly bridge?: string;
  /** Name of the tap device; assigned at each start when absent. */
  readonly target?: string;
  /** `no`: the tap exists already and is not ours to make or remove. */
  readonly managed?: boolean;
  readonly model?:
    | 'virtio'
    | 'virtio-transitional'
    | 'virtio-non-transitional'
    | 'e1000e'
    | 'e1000'
    | 'rtl8139'
    | (string & {});
  readonly mac?: string;
  readonly mtu?: number;
  readonly link?: 'up' | 'down';
  readonly bootOrder?: number;
  readonly queues?: number;
  readonly driver?: 'qemu' | 'vhost';
  readonly rxQueueSize?: number;
  readonly txQueueSize?: number;
  readonly virtio?: VirtioOptions;
  readonly romBar?: boolean;
  readonly romFile?: string;
}

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

export interface Input extends Device {
  readonly type: 'mouse' | 'tablet' | 'keyboard';
  readonly bus?: 'usb' | 'ps2' | 'virtio';
  readonly model?: string;
}

export interface Graphics extends Device {
  readonly type: 'vnc' | 'spice';
  readonly port?: number;
  readonly autoport?: boolean;
  readonly websocket?: number;
  readonly tlsPort?: number;
  readonly listen?: string;
  readonly socket?: string;
  readonly keymap?: string;
  readonly sharePolicy?: 'allow-exclusive' | 'force-shared' | 'ignore';
  /** spice */
  readonly imageCompression?: 'auto_glz' | 'auto_lz' | 'quic' | 'glz' | 'lz' | 'off';
}

export interface Video extends Device {
  readonly model?: 'virtio' | 'vga' | 'cirrus' | 'qxl' | 'bochs' | 'ramfb' | 'none';
  readonly primary?: boolean;
  readonly heads?: number;
  /** KiB, as libvirt counts video memory. */
  readonly vram?: number;
  readonly ram?: number;
  readonly vgamem?: number;
  readonly resolution?: { readonly x: number; readonly y: number };
}

export interface Sound extends Device {
  readonly model: 'ac97' | 'es1370' | 'sb16' | 'ich6' | 'ich7' | 'ich9' | 'usb' | 'pcspk';
  readonly codecs?: readonly ('duplex' | 'micro' | 'output')[];
  readonly audio?: number;
}

export interface Audio extends Device {
  readonly id: number;
  readonly type: 'none' | 'spice';
}

export interface Watchdog extends Device {
  readonly model: 'i6300esb' | 'ib700' | 'itco' | 'diag288';
  readonly action?: 'reset' | 'shutdown' | 'poweroff' | 'pause' | 'none' | 'dump' | 'inject-nmi';
}

export interface Memballoon extends Device {
  readonly model?: 'virtio' | 'virtio-transitional' | 'virtio-non-transitional' | 'none';
  readonly autodeflate?: boolean;
  readonly freePageReporting?: boolean;
  /** Seconds between the guest's reports; 0 or absent: none. */
  readonly statsPeriod?: number;
  readonly virtio?: VirtioOptions;
}

export interface Rng extends Device {
  readonly model?: 'virtio' | 'virtio-transitional' | 'virtio-non-transitional';
  readonly backend?: 'random' | 'builtin';
  readonly source?: string;
  readonly rateBytes?: number;
  /** Milliseconds. */
  readonly ratePeriod?: number;
  readonly virtio?: VirtioOptions;
}

export interface Panic extends Device {
  readonly model?: 'isa' | 'pvpanic' | 'hyperv' | 'pseries' | 's390';
}

export interface Tpm extends Device {
  readonly model?: 'tpm-tis' | 'tpm-crb';
  readonly backend?: 'emulator';
  readonly version?: '1.2' | '2.0';
  readonly persistentState?: boolean;
}

export interface Vsock extends Device {
  readonly model?: 'virtio' | 'virtio-transitional' | 'virtio-non-transitional';
  readonly cid?: number;
  readonly autoCid?: boolean;
  readonly virtio?: VirtioOptions;
}
