import type { DomainSpec } from '../../../model/domain.ts';
import { chipsetOf } from '../complete/machine.ts';
import type { Report } from './report.ts';

/** Memory, virtual CPUs and the CPU model. */
export function checkProcessor(spec: DomainSpec, report: Report): void {
  const { memory, currentMemory } = spec;
  if (currentMemory !== undefined && currentMemory > memory)
    report(
      'conflicting-options',
      'spec.currentMemory',
      `currentMemory (${currentMemory} bytes) is more than memory (${memory} bytes); the guest gets memory`,
      'raise memory, or leave currentMemory out',
      'warning',
    );
  checkVcpus(spec, report);
  checkCpu(spec, report);
}

function checkVcpus(spec: DomainSpec, report: Report): void {
  const maximum = spec.vcpus?.maximum ?? 1;
  const current = spec.vcpus?.current;
  if (current !== undefined && current > maximum)
    report(
      'conflicting-options',
      'spec.vcpus.current',
      `${current} vcpus are to be online, but the machine has ${maximum}`,
      `set maximum to ${current} or more`,
    );
  const limit = chipsetOf(spec.os?.machine ?? 'pc') === 'q35' ? 288 : 255;
  if (maximum > limit)
    report(
      'invalid-value',
      'spec.vcpus.maximum',
      `this machine type takes at most ${limit} vcpus, not ${maximum}`,
    );
  if (maximum > 255 && maximum <= limit && spec.devices?.iommu?.eim !== true)
    report(
      'missing-field',
      'spec.devices.iommu',
      'more than 255 vcpus need an iommu with extended interrupts',
      'add devices.iommu with eim: true',
    );
  const topology = spec.cpu?.topology;
  if (topology !== undefined) {
    const { sockets, dies = 1, cores, threads } = topology;
    const product = sockets * dies * cores * threads;
    if (product !== maximum)
      report(
        'conflicting-options',
        'spec.cpu.topology',
        `${sockets} sockets × ${dies} dies × ${cores} cores × ${threads} threads make ${product} vcpus, but vcpus.maximum is ${maximum}`,
        `set vcpus.maximum to ${product}, or change the topology`,
      );
  }
  const cpuset = spec.vcpus?.cpuset;
  if (cpuset !== undefined && !isCpuset(cpuset))
    report(
      'invalid-value',
      'spec.vcpus.cpuset',
      `"${cpuset}" is no list of host CPUs`,
      'write it as 0-3,^2,8',
    );
}

function isCpuset(text: string): boolean {
  return text.split(',').every((part) => {
    const [, first, last] = /^\^?(\d+)(?:-(\d+))?$/.exec(part.trim()) ?? [];
    return first !== undefined && (last === undefined || Number(last) >= Number(first));
  });
}

function checkCpu(spec: DomainSpec, report: Report): void {
  const cpu = spec.cpu;
  if (cpu === undefined) return;
  if (cpu.mode === 'host-passthrough' && spec.accel === 'tcg')
    report(
      'conflicting-options',
      'spec.cpu.mode',
      'host-passthrough hands the host CPU to the guest, which needs KVM; this domain runs under TCG',
      'use mode maximum, or accel kvm',
    );
  const isCustom = cpu.mode === undefined || cpu.mode === 'custom';
  if (isCustom && cpu.model === undefined && (cpu.features?.length ?? 0) > 0)
    report(
      'missing-field',
      'spec.cpu.model',
      'CPU features are listed, but no model to apply them to',
      'add a model, e.g. qemu64',
    );
  if (cpu.model === undefined && cpu.vendor !== undefined)
    report(
      'missing-field',
      'spec.cpu.model',
      'a vendor of the host CPU is asked for, but no model of it',
      'add a model, or leave vendor out',
    );
  if (cpu.migratable !== undefined && cpu.mode !== 'host-passthrough' && cpu.mode !== 'maximum')
    report(
      'conflicting-options',
      'spec.cpu.migratable',
      'migratable is for CPU modes host-passthrough and maximum',
      'leave it out',
    );
  const width = cpu.maxphysaddr;
  if (width?.mode === 'emulate' && width.bits === undefined)
    report('missing-field', 'spec.cpu.maxphysaddr.bits', 'mode emulate needs the number of bits', 'add bits');
  if (width?.mode === 'passthrough') {
    if (width.bits !== undefined)
      report(
        'conflicting-options',
        'spec.cpu.maxphysaddr.bits',
        'mode passthrough takes the bits of the host',
      );
  }
  const cache = cpu.cache;
  if (cache?.mode === 'emulate' && cache.level !== 3)
    report(
      'conflicting-options',
      'spec.cpu.cache.level',
      'the CPU cache that is emulated is that of level 3',
      'set level: 3',
    );
  if (cache?.mode === 'disable' && cache.level !== undefined)
    report(
      'conflicting-options',
      'spec.cpu.cache.level',
      'all levels are switched off together',
      'leave level out',
    );
  if (cache?.mode === 'passthrough') {
    if (cpu.mode !== 'host-passthrough' && cpu.mode !== 'maximum')
      report(
        'conflicting-options',
        'spec.cpu.cache.mode',
        'the host CPU cache can be passed through only with CPU mode host-passthrough or maximum',
        'use cache mode emulate',
      );
    if (cache.level !== undefined)
      report(
        'conflicting-options',
        'spec.cpu.cache.level',
        'a cache that is passed through has no level',
        'leave level out',
      );
  }
  const seen = new Set<string>();
  cpu.features?.forEach((feature, index) => {
    if (seen.has(feature.name))
      report(
        'conflicting-options',
        `spec.cpu.features[${index}].name`,
        `CPU feature ${feature.name} is listed twice`,
      );
    seen.add(feature.name);
  });
}
