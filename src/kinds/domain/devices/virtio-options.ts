import type { VirtioOptions } from '../../../model/domain-devices.ts';
import { elementCodec } from '../../shape/element-codec.ts';
import type { Field } from '../../shape/field.ts';
import { scattered } from '../../shape/object.ts';
import { onOff } from '../../shape/on-off.ts';

/** What every virtio device can be told in its `<driver>`. */
export const virtioField: Field<VirtioOptions> = scattered(
  elementCodec<VirtioOptions>(
    'driver',
    {
      iommu: onOff('driver@iommu', 'Use the virtual IOMMU.'),
      ats: onOff('driver@ats', 'Address translation service of PCIe.'),
      packed: onOff('driver@packed', 'Packed virtqueues.'),
      pagePerVq: onOff('driver@page_per_vq', 'Give each virtqueue a page of its own to notify.'),
    },
    { inline: true },
  ),
  'Options of virtio devices.',
);
