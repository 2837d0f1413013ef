import type { Device } from './device.ts';

export interface Iommu extends Device {
  readonly model: 'intel' | 'virtio';
  readonly intremap?: boolean;
  readonly cachingMode?: boolean;
  readonly eim?: boolean;
  readonly iotlb?: boolean;
  readonly awBits?: number;
  readonly dmaTranslation?: boolean;
}
