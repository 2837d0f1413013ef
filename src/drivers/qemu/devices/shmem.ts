import { defaultShmemSize } from '../../../kinds/domain/default-shmem-size.ts';
import type { Shmem } from '../../../model/domain-devices.ts';
import { words } from '../command-line/arguments.ts';
import type { DeviceBuild } from './contract.ts';

/** Memory under a name of /dev/shm, or from a server that also carries interrupts. */
export function buildShmem(shmem: Shmem, { view, args }: DeviceBuild): void {
  const { alias: id, model = 'ivshmem', role, server, msi, size = 0 } = shmem;
  const chardev = server === undefined ? undefined : `char${id}`;
  if (chardev !== undefined) {
    const path = server?.path ?? `/var/lib/libvirt/shmem-${shmem.shmem}-sock`;
    args.add('-chardev', words('socket', { id: chardev, path }));
  }
  const memdev = model === 'ivshmem-plain' && server === undefined ? `shmmem-${id}` : undefined;
  if (memdev !== undefined)
    args.json('-object', {
      'qom-type': 'memory-backend-file',
      id: memdev,
      'mem-path': `/dev/shm/${shmem.shmem}`,
      size: size || defaultShmemSize,
      share: true,
    });
  args.device(model, {
    id,
    chardev,
    memdev,
    master: chardev !== undefined || role === undefined ? undefined : role === 'master' ? 'on' : 'off',
    vectors: msi?.vectors,
    ioeventfd: msi?.ioeventfd,
    ...view.place(shmem),
  });
}
