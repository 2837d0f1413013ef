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
    'name uuid genid title description metadata memory currentMemory memoryBacking vcpu iothreads sysinfo os features ' +
    'cpu clock on_poweroff on_reboot on_crash pm devices',
  later:
    '@id maxMemory blkiotune memtune memory@dumpCore vcpus iothreadids defaultiothread cputune numatune resource ' +
    'bootloader bootloader_args idmap perf seclabel keywrap launchSecurity on_lockfailure throttlegroups ' +
    'qemu:commandline qemu:capabilities qemu:override qemu:deprecation',
});
