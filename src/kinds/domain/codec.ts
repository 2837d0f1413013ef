import type { Codec } from '../contract.ts';
import { documentCodec } from '../shape/document-codec.ts';
import { metadataCodec } from '../shape/metadata-codec.ts';
import { specCodec } from './spec-codec.ts';

export const domainMetadataCodec = metadataCodec('domain', 'metadata/q:domain');

/** A domain: YAML and libvirt's `<domain>`, both ways. */
export const domainCodec: Codec<'Domain'> = documentCodec<'Domain'>({
  kind: 'Domain',
  xmlRoot: 'domain',
  metadata: domainMetadataCodec,
  spec: specCodec,
  assemble: (metadata, spec) => ({ kind: 'Domain', metadata, spec }),
  order:
    'name uuid genid title description metadata maxMemory memory currentMemory blkiotune memtune memoryBacking vcpu ' +
    'vcpus iothreads iothreadids defaultiothread cputune numatune resource sysinfo os idmap features cpu clock on_poweroff ' +
    'on_reboot on_crash on_lockfailure pm perf devices launchSecurity qemu:commandline qemu:capabilities ' +
    'qemu:override qemu:deprecation',
  // The number of a running domain is no configuration.
  passing: '@id',
});
