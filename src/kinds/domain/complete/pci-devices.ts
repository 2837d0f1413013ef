import type {
  CharacterDevice,
  Controller,
  Device,
  Hostdev,
  Interface,
  Sound,
  Video,
} from '../../../model/domain-devices.ts';
import type { DeviceDrafts, Draft } from './draft.ts';
import type { Chipset } from './machine.ts';
import { connectionOfBridge, type PciConnection } from './pci-topology.ts';
import { targetIndex } from './target-name.ts';

export interface PciDevice {
  readonly device: Draft<Device>;
  readonly connection: PciConnection;
  /** Set when the device is a controller. */
  readonly controller?: Draft<Controller>;
}

/**
 * All devices that sit on a PCI bus, in the order in which libvirt gives them their addresses: the controllers
 * that were `given`, in their order, then those that were added.
 */
export function pciDevices(
  drafts: DeviceDrafts,
  chipset: Chipset,
  given: readonly Draft<Controller>[] = [],
): PciDevice[] {
  const endpoint: PciConnection = chipset === 'q35' ? 'pcie' : 'pci';
  const devices: PciDevice[] = [];
  const add = (device: Draft<Device>, connection: PciConnection | undefined): void => {
    if (connection !== undefined) devices.push({ device, connection });
  };
  const addController = (controller: Draft<Controller>, connection: PciConnection | undefined): void => {
    if (connection !== undefined) devices.push({ device: controller, connection, controller });
  };
  const virtio = (model: string | undefined): PciConnection | undefined => {
    if (model === 'none') return undefined;
    return model === 'virtio-transitional' ? 'pci' : endpoint;
  };
  const controllers = [...given, ...drafts.controllers.filter((one) => !given.includes(one))];
  for (const one of controllers)
    if (one.type === 'pci') addController(one, connectionOfBridge(one.model ?? ''));
  for (const one of drafts.filesystems) add(one, one.driver === 'virtiofs' ? endpoint : virtio(one.model));
  const [assigned, cards] = byAssignment(drafts.interfaces);
  for (const one of cards) add(one, cardConnection(one, virtio, endpoint));
  for (const one of drafts.sounds) add(one, soundConnection(one));
  for (const one of controllers) addController(one, controllerConnection(one, virtio, endpoint));
  const disks = drafts.disks.filter((disk) => disk.bus === 'virtio');
  for (const one of disks.sort((a, b) => targetIndex(a.dev) - targetIndex(b.dev)))
    add(one, virtio(one.model));
  for (const one of assigned)
    if (one.usb === undefined && one.address?.type !== 'unassigned') add(one, endpoint);
  for (const one of drafts.hostdevs) add(one, hostdevConnection(one, virtio, endpoint));
  for (const one of drafts.memballoons) add(one, virtio(one.model));
  for (const one of drafts.rngs) add(one, virtio(one.model));
  for (const one of drafts.watchdogs) if (one.model === 'i6300esb') add(one, 'pci');
  for (const one of drafts.videos) add(one, videoConnection(one, endpoint));
  for (const one of drafts.shmems) add(one, 'pci');
  for (const one of drafts.inputs) if (one.bus === 'virtio') add(one, endpoint);
  for (const one of drafts.serials) add(one, serialConnection(one));
  for (const one of drafts.iommus) if (one.model === 'virtio') add(one, 'integrated');
  for (const one of drafts.vsocks) add(one, virtio(one.model));
  for (const one of drafts.memories) if (one.model.startsWith('virtio')) add(one, endpoint);
  for (const one of drafts.panics) if (one.model === 'pvpanic') add(one, 'pci');
  for (const one of drafts.cryptos) add(one, virtio(one.model));
  return devices;
}

type VirtioConnection = (model: string | undefined) => PciConnection | undefined;

/** Interfaces that are devices of the host, which stand first among those, and cards of QEMU's own. */
function byAssignment(interfaces: readonly Draft<Interface>[]): [Draft<Interface>[], Draft<Interface>[]] {
  return [
    interfaces.filter(({ type }) => type === 'hostdev'),
    interfaces.filter(({ type }) => type !== 'hostdev'),
  ];
}

function cardConnection(
  one: Interface,
  virtio: VirtioConnection,
  endpoint: PciConnection,
): PciConnection | undefined {
  if (one.model?.startsWith('virtio')) return virtio(one.model);
  if (one.model === 'usb-net') return undefined;
  return conventionalCards.has(one.model ?? '') ? 'pci' : endpoint;
}

/** What libvirt knows as PCI cards; of a model that it does not know it thinks as of PCIe. */
const conventionalCards: ReadonlySet<string> = new Set([
  'rtl8139',
  'e1000',
  'vmxnet3',
  'netfront',
  'vlance',
  'vmxnet',
  'vmxnet2',
  'Am79C970A',
  'Am79C973',
  '82540EM',
  '82545EM',
  '82543GC',
  'lan9118',
  'scm91c111',
]);

function hostdevConnection(
  one: Hostdev,
  virtio: VirtioConnection,
  endpoint: PciConnection,
): PciConnection | undefined {
  if (one.address?.type === 'unassigned') return undefined;
  if (one.type === 'scsi_host') return virtio(one.model);
  return one.type === 'pci' || one.type === 'mdev' ? endpoint : undefined;
}

function soundConnection(one: Sound): PciConnection | undefined {
  return one.model === 'sb16' || one.model === 'pcspk' || one.model === 'usb' ? undefined : 'pci';
}

function videoConnection(one: Video, endpoint: PciConnection): PciConnection | undefined {
  if (one.model === 'none' || one.model === 'ramfb') return undefined;
  return one.model === 'virtio' || one.model === 'bochs' ? endpoint : 'pci';
}

function serialConnection(one: CharacterDevice): PciConnection | undefined {
  return one.targetType === 'pci-serial' ? 'pci' : undefined;
}

function controllerConnection(
  one: Controller,
  virtio: VirtioConnection,
  endpoint: PciConnection,
): PciConnection | undefined {
  switch (one.type) {
    case 'usb':
      if (one.model === 'none') return undefined;
      return one.model === 'qemu-xhci' || one.model === 'nec-xhci' ? endpoint : 'pci';
    case 'scsi':
      return one.model?.startsWith('virtio') ? virtio(one.model) : 'pci';
    case 'virtio-serial':
      return virtio(one.model);
    case 'sata':
    case 'ide':
      return 'pci';
    default:
      return undefined;
  }
}
