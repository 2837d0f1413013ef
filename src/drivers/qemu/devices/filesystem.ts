import type { Filesystem } from '../../../model/domain-devices.ts';
import { words } from '../command-line/arguments.ts';
import { virtioDriver, virtioProperties } from '../command-line/machine-view.ts';
import type { DeviceBuild } from './contract.ts';

/** A shared directory: 9p from QEMU itself, or virtiofs from a process beside it. */
export function buildFilesystem(share: Filesystem, build: DeviceBuild): void {
  if (share.driver === 'virtiofs') return buildVirtiofs(share, build);
  const { args, view } = build;
  const { alias, accessMode = 'passthrough' } = share;
  const model = accessMode === 'squash' ? 'none' : accessMode;
  const fsdev = `fsdev-${alias}`;
  args.add(
    '-fsdev',
    words('local', {
      security_model: model,
      multidevs: share.multidevs === 'default' ? undefined : share.multidevs,
      fmode: share.fileMode,
      dmode: share.directoryMode,
      writeout: share.writePolicy,
      id: fsdev,
      path: share.dir,
      readonly: share.readonly,
    }),
  );
  args.device(virtioDriver('virtio-9p', share.model), {
    ...virtioProperties(share.virtio),
    id: alias,
    fsdev,
    mount_tag: share.target,
    ...view.place(share),
  });
}

function buildVirtiofs(share: Filesystem, { args, view, context }: DeviceBuild): void {
  const chardev = `chr-vu-${share.alias}`;
  const path = share.socket ?? `${context.directory}/${shareSocket(share)}`;
  args.add('-chardev', words('socket', { id: chardev, path }));
  args.device('vhost-user-fs-pci', {
    ...view.identify(share.alias),
    chardev,
    'queue-size': share.queue,
    tag: share.target,
    ...virtioProperties(share.virtio),
    ...view.place(share),
  });
}

/** Name of the socket between QEMU and virtiofsd in the run directory; short, as aliases can be long. */
export function shareSocket({ alias = '' }: Filesystem): string {
  return `${alias.slice(0, 24)}-fs.sock`;
}
