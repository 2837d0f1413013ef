import type { DomainSpec } from '../../../model/domain.ts';
import type { Report } from './report.ts';

/** Machines of one processor. */
const single = new Set(['isapc', 'x-remote']);
/** `pc-1.3` and older left QEMU long ago; what stands after the chipset is the version, or the name of a distribution. */
const versioned = /^pc-(?:i440fx|q35)-[a-z0-9][A-Za-z0-9._-]*$/;

/** Machine types that an x86 QEMU has or may have; a version that this host lacks is told at the start. */
export function checkMachineType({ os, vcpus }: DomainSpec, report: Report): void {
  const machine = os?.machine;
  if (machine === undefined) return;
  if (!['pc', 'q35', 'microvm'].includes(machine) && !single.has(machine) && !versioned.test(machine))
    return report(
      'not-supported',
      'spec.os.machine',
      `${machine} is no machine type of an x86 QEMU`,
      'take q35 or pc, or a version of them, e.g. pc-q35-7.2',
    );
  if (single.has(machine) && (vcpus?.maximum ?? 1) > 1)
    report(
      'invalid-value',
      'spec.vcpus.maximum',
      `machine ${machine} has one processor, not ${vcpus?.maximum}`,
      'take 1 vCPU, or machine pc',
    );
}
