import type { NetworkStorage } from '../../../model/domain-devices.ts';
import { defaultPorts } from '../default-ports.ts';

/** Storage on the network with what libvirt writes although nobody said it. */
export function shownNetwork(network: NetworkStorage): NetworkStorage {
  const { protocol, hosts } = network;
  const port = protocol === 'nfs' ? 0 : defaultPorts[protocol];
  return {
    ...network,
    ...(hosts === undefined
      ? {}
      : {
          hosts: hosts.map((host) => {
            const { port: given = port, ...rest } = host;
            return host.transport === 'unix' || given === 0 ? rest : { ...rest, port: given };
          }),
        }),
  };
}
