import type { Iommu } from '../../../model/domain-devices.ts';
import { onOff } from '../command-line/arguments.ts';
import type { DeviceBuild } from './contract.ts';

export function buildIommu(iommu: Iommu, { view, args }: DeviceBuild): void {
  const { alias: id, intremap, eim } = iommu;
  if (iommu.model === 'virtio') return args.device('virtio-iommu', { id, ...view.place(iommu) });
  args.device('intel-iommu', {
    id,
    intremap: intremap === undefined ? undefined : onOff(intremap),
    'caching-mode': iommu.cachingMode,
    eim: eim === undefined ? undefined : onOff(eim),
    'device-iotlb': iommu.iotlb,
    // 0 is the default, for libvirt as well.
    'aw-bits': iommu.awBits || undefined,
    'dma-translation': iommu.dmaTranslation,
  });
}
