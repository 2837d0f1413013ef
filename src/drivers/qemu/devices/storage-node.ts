import { pciText } from '../../../kinds/domain/pci-text.ts';
import type { Disk, Encryption, StorageSource } from '../../../model/domain-devices.ts';
import type { Properties } from '../command-line/arguments.ts';
import type { DeviceBuild } from './contract.ts';
import { networkNode } from './network-node.ts';
import { addSecret } from './secret-object.ts';

/** The node that reaches the bytes of one image, without what every node has. */
export function storageNode(source: StorageSource, disk: Disk, node: string, build: DeviceBuild): Properties {
  const { file, block, dir, network, nvme, encryption } = source;
  if (network !== undefined)
    return {
      ...networkNode(network, node, build),
      encrypt:
        encryption?.engine === 'librbd'
          ? luks(encryption, encryption.format, `${node}-encryption`, build)
          : undefined,
    };
  if (nvme !== undefined) return { driver: 'nvme', device: pciText(nvme), namespace: nvme.namespace };
  if (dir !== undefined) return { driver: 'vvfat', dir, floppy: disk.device === 'floppy', rw: false };
  return {
    driver: block === undefined ? 'file' : 'host_device',
    filename: block ?? file,
    aio: disk.io,
    'pr-manager': reservationsHelper(source, node, build),
  };
}

function luks(encryption: Encryption, format: string, node: string, build: DeviceBuild): Properties {
  return { format, 'key-secret': addSecret(`${node}-secret0`, encryption.secret, build) };
}

/** What encryption makes of a format node: raw becomes luks, qcow2 decrypts by itself. */
export function formatDriver(
  source: StorageSource,
  format: string,
  node: string,
  build: DeviceBuild,
): Properties {
  const { encryption } = source;
  if (encryption === undefined || encryption.engine === 'librbd') return { driver: format };
  const encrypt = luks(encryption, 'luks', `${node}-encryption`, build);
  if (format === 'raw') return { driver: 'luks', 'key-secret': encrypt['key-secret'] };
  return { driver: format, encrypt };
}

/** All disks with a managed helper share one. */
function reservationsHelper(source: StorageSource, node: string, build: DeviceBuild): string | undefined {
  const { reservations } = source;
  if (reservations === undefined) return undefined;
  if (reservations.managed) {
    const id = 'pr-helper0';
    build.args.once('-object', {
      'qom-type': 'pr-manager-helper',
      id,
      path: `${build.context.directory}/pr-helper0.sock`,
    });
    return id;
  }
  const id = `pr-helper-${node}`;
  build.args.json('-object', { 'qom-type': 'pr-manager-helper', id, path: reservations.path });
  return id;
}
