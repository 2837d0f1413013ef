import type { DomainSpec } from '../../../model/domain.ts';
import type { Iommu } from '../../../model/domain-devices.ts';
import { chipsetOf } from '../complete/machine.ts';
import type { Report } from './report.ts';
import { checkRules, type Rule, unwanted } from './rules.ts';

export function checkIommu(spec: DomainSpec, report: Report): void {
  const iommu = spec.devices?.iommu;
  if (iommu !== undefined) checkRules(rules, iommu, 'spec.devices.iommu', spec, report);
}

const isIntel = ({ model }: Iommu): boolean => model === 'intel';
const isVirtio = ({ model }: Iommu): boolean => model === 'virtio';

const rules: readonly Rule<Iommu>[] = [
  {
    at: 'model',
    when: (_, { os }) => chipsetOf(os?.machine ?? 'pc') === 'i440fx',
    says: 'only a q35 machine has an IOMMU',
    instead: 'use machine q35',
  },
  {
    at: 'model',
    when: (one, { features }) => isVirtio(one) && features?.acpi === false,
    says: 'the guest finds a virtio IOMMU through ACPI',
    instead: 'switch acpi on',
  },
  ...unwanted<Iommu>(['intremap', 'cachingMode', 'eim', 'iotlb', 'awBits'], isVirtio, 'is for model intel'),
  ...unwanted<Iommu>(['address'], isIntel, 'is not for model intel, which is part of the chipset'),
  {
    at: 'intremap',
    when: ({ intremap }, { features }) => intremap === true && features?.ioapic !== 'qemu',
    says: 'interrupts can only be remapped when QEMU has the I/O APIC',
    instead: 'set features.ioapic: qemu',
  },
  {
    at: 'eim',
    when: ({ eim, intremap }) => eim === true && intremap !== true,
    says: 'extended interrupts need intremap',
    instead: 'set intremap: true',
  },
];
