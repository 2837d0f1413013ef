import type { Iommu } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { required } from '../../shape/field.ts';
import { integer } from '../../shape/integer.ts';
import { onOff } from '../../shape/on-off.ts';
import type { DeviceClass } from './contract.ts';
import { deviceCodec, deviceFields } from './device-fields.ts';

const codec = deviceCodec<Iommu>(
  'iommu',
  {
    ...deviceFields,
    model: required(choice('@model', ['intel', 'virtio'], 'Device.')),
    intremap: onOff('driver@intremap', 'intel: remap interrupts.'),
    cachingMode: onOff('driver@caching_mode', 'intel: what assigned devices need.'),
    eim: onOff('driver@eim', 'intel: extended interrupts, for more than 255 vCPUs.'),
    iotlb: onOff('driver@iotlb', 'intel: let devices cache translations.'),
    awBits: integer('driver@aw_bits', 'intel: width of addresses.', { maximum: 64 }),
    dmaTranslation: onOff('driver@dma_translation', 'intel: remap DMA as well. Default: true.'),
  },
  { order: 'driver', later: 'driver@pciBus driver@granule driver@accel=10.2' },
);

export const iommu: DeviceClass<Iommu> = { element: 'iommu', about: 'The IOMMU.', codec };
