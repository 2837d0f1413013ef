import type { NetworkProtocol } from '../../model/domain-devices.ts';

/** Ports of the protocols when a host names none. Of rbd, 0: librados tries those of both its protocols. */
export const defaultPorts: Readonly<Record<NetworkProtocol, number>> = {
  nbd: 10_809,
  rbd: 0,
  iscsi: 3260,
  http: 80,
  https: 443,
  ftp: 21,
  ftps: 990,
  ssh: 22,
  gluster: 24_007,
  nfs: 2049,
  sheepdog: 7000,
};
