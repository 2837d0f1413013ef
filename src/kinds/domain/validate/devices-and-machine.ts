import type { DomainSpec } from '../../../model/domain.ts';
import type { Report } from './report.ts';

/** Devices that need something of the machine around them. */
export function checkDevicesAndMachine(spec: DomainSpec, report: Report): void {
  const { iommu, shmems = [], memories = [] } = spec.devices ?? {};
  if (iommu?.model === 'virtio' && spec.features?.acpi === false)
    report(
      'conflicting-options',
      'spec.devices.iommu.model',
      'a virtio IOMMU needs ACPI: the guest learns of it there',
      'set features.acpi: true',
    );
  shmems.forEach(({ shmem, model = 'ivshmem' }, index) => {
    if (model === 'ivshmem')
      report(
        'not-supported',
        `spec.devices.shmems[${index}].model`,
        `shmem ${shmem}: QEMU has no plain ivshmem device any more`,
        'write model: ivshmem-plain, or ivshmem-doorbell with a server',
      );
  });
  const cells = spec.cpu?.numa?.cells.length ?? 0;
  memories.forEach(({ node }, index) => {
    if (cells > 0 && node !== undefined && node >= cells)
      report(
        'invalid-value',
        `spec.devices.memories[${index}].node`,
        `there is no NUMA node ${node} in the guest: it has ${cells}`,
        cells === 1 ? 'use node 0' : `use a node from 0 to ${cells - 1}`,
      );
  });
}
