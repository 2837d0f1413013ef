import type { Vsock } from '../../../model/domain-devices.ts';
import { fnv1a } from '../command-line/fnv1a.ts';
import { virtioDriver, virtioProperties } from '../command-line/machine-view.ts';
import type { DeviceBuild } from './contract.ts';

/** Context id of a domain that leaves it to us: the same at every start. 0 to 2 are the host's. */
export function vsockCid(uuid: string): number {
  return 3 + (fnv1a(uuid) % 0xffff_fffc);
}

export function buildVsock(vsock: Vsock, { view, context, args }: DeviceBuild): void {
  args.device(virtioDriver('vhost-vsock', vsock.model), {
    id: vsock.alias,
    'guest-cid': vsock.cid ?? context.vsockCid,
    ...virtioProperties(vsock.virtio),
    ...view.place(vsock),
  });
}
