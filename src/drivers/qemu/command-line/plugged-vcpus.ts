import type { ResolvedCpu } from '../../../kinds/domain/cpu/resolve-cpu.ts';
import { pluggedVcpus } from '../../../kinds/domain/individual-vcpus.ts';
import type { DomainSpec } from '../../../model/domain.ts';
import type { QmpCommand } from '../devices/contract.ts';

/** vCPUs that can be taken away later are added like any device, before the guest runs. */
export function buildPluggedVcpus(spec: DomainSpec, { model }: ResolvedCpu, configure: QmpCommand[]): void {
  const maximum = spec.vcpus?.maximum ?? 1;
  const { dies = 1, cores, threads } = spec.cpu?.topology ?? { sockets: maximum, cores: 1, threads: 1 };
  for (const { id } of pluggedVcpus(spec))
    configure.push({
      command: 'device_add',
      arguments: {
        driver: `${model}-x86_64-cpu`,
        id: `vcpu${id}`,
        'socket-id': Math.floor(id / (threads * cores * dies)),
        'die-id': Math.floor(id / (threads * cores)) % dies,
        'core-id': Math.floor(id / threads) % cores,
        'thread-id': id % threads,
      },
    });
}
