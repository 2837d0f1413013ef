import type { Cputune } from '../../../model/domain-tuning.ts';
import type { LiveOperation } from '../../../model/live-change.ts';
import type { Impact } from '../../../model/plan.ts';

/** What a change of one definition path does to a running guest. */
export interface ImpactRow {
  /** Lists without their brackets: `spec.devices.disks` is a disk that comes or goes. A final `.*` takes in all below. */
  readonly path: string;
  readonly impact: Impact;
  /** When it holds; otherwise the change needs a restart. */
  readonly when?: string;
  /** How it is done; absent: by being written down. */
  readonly operation?: LiveOperation;
}

const none = (...paths: string[]): ImpactRow[] => paths.map((path) => ({ path, impact: 'none' }));
const by = (operation: LiveOperation, impact: Impact, when: string, ...paths: string[]): ImpactRow[] =>
  paths.map((path) => ({ path, impact, when, operation }));

const removable = 'a CD-ROM or floppy drive';
const port = 'a free hot-plug slot: pci on `pc`, a pcie-root-port on `q35`; removal: the guest lets go';
const usb = 'a USB port is free; removal: the guest lets go';

/** All of it but the shares of caches and of memory's bandwidth. */
const cputune = [
  'shares',
  'period',
  'quota',
  'globalPeriod',
  'globalQuota',
  'emulatorPeriod',
  'emulatorQuota',
  'iothreadPeriod',
  'iothreadQuota',
  'vcpuPins',
  'emulatorPin',
  'iothreadPins',
  'vcpuScheds',
  'iothreadScheds',
  'emulatorSched',
] as const satisfies readonly (keyof Cputune)[];

/** Whatever has no row here needs a restart. Rows of one operation are done together. */
export const impactTable: readonly ImpactRow[] = [
  ...none(
    'apiVersion',
    'kind',
    'metadata.*',
    'spec.runStrategy',
    'spec.autostart',
    'spec.restartPolicy',
    'spec.maintenanceWindows.*',
    'spec.deletionPolicy',
    'spec.terminationGracePeriod',
    'spec.title',
    'spec.description',
    'spec.dependsOn.*',
    'spec.readiness.*',
    'spec.safety.*',
    'spec.metadataXml',
    'spec.onPoweroff',
    'spec.onCrash',
    'spec.devices.disks.startupPolicy',
  ),
  {
    path: 'metadata.name',
    impact: 'none',
    when: 'its `uuid` stands in the spec and stays; without, another name is another domain',
  },
  { path: 'spec.uuid', impact: 'recreate', when: 'always: it is the identity that guests and licences see' },
  ...by('vcpus', 'guest', 'within `vcpus.maximum`; fewer: the guest lets go of them', 'spec.vcpus.current'),
  ...by(
    'balloon',
    'guest',
    'within `memory`, with a memballoon; the guest gives the memory',
    'spec.currentMemory',
  ),
  ...by('iothreads', 'live', 'none that goes is in use', 'spec.iothreads'),
  ...by('attach', 'guest', port, 'spec.devices.disks', 'spec.devices.interfaces', 'spec.devices.rngs'),
  ...by('attach', 'guest', port, 'spec.devices.shmems', 'spec.devices.controllers', 'spec.devices.inputs'),
  ...by('attach', 'guest', `${port}; ${usb}`, 'spec.devices.hostdevs'),
  ...by('attach', 'guest', usb, 'spec.devices.redirdevs'),
  ...by('attach', 'guest', 'a virtio-serial port is free', 'spec.devices.channels'),
  ...by('attach', 'guest', 'a PCI or USB port; an ISA port is soldered in', 'spec.devices.serials'),
  ...by('attach', 'guest', '`maxMemory` leaves room and a slot', 'spec.devices.memories'),
  ...by(
    'medium',
    'live',
    removable,
    'spec.devices.disks.type',
    'spec.devices.disks.file',
    'spec.devices.disks.block',
    'spec.devices.disks.volume',
    'spec.devices.disks.format',
    'spec.devices.disks.backingStore.*',
  ),
  ...by('tray', 'live', removable, 'spec.devices.disks.tray'),
  ...by('throttle', 'live', 'the drive has a medium', 'spec.devices.disks.iotune.*'),
  ...by('link', 'live', 'always', 'spec.devices.interfaces.link'),
  ...by('bandwidth', 'live', 'the host end is a tap of ours', 'spec.devices.interfaces.bandwidth.*'),
  ...by(
    'bridge',
    'live',
    'a tap of ours stays a tap of ours; the link goes down and up, so that the guest asks DHCP again',
    'spec.devices.interfaces.bridge',
  ),
  ...by(
    'listen',
    'live',
    'vnc on an address or a socket, without web sockets; who is connected stays',
    'spec.devices.graphics.listen',
    'spec.devices.graphics.listenType',
    'spec.devices.graphics.socket',
    'spec.devices.graphics.port',
    'spec.devices.graphics.autoport',
  ),
  ...by(
    'password',
    'live',
    'vnc or spice had a password when the machine started',
    'spec.devices.graphics.passwd',
    'spec.devices.graphics.passwdValidTo',
    'spec.devices.graphics.connected',
  ),
  ...by(
    'tune',
    'live',
    'always: it is about the host, and the guest is not asked',
    ...cputune.map((field) => `spec.cputune.${field}.*`),
    'spec.memtune.*',
    'spec.blkiotune.*',
    'spec.vcpus.cpuset',
  ),
  ...by(
    'resize',
    'guest',
    'virtio-mem, up to its `size`; undone when the guest does not take or give it',
    'spec.devices.memories.requestedSize',
  ),
  ...by('watchdog', 'live', 'always', 'spec.devices.watchdogs.action'),
];
