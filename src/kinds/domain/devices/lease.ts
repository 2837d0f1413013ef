import type { Lease } from '../../../model/domain-devices.ts';
import { elementCodec } from '../../shape/element-codec.ts';
import { required } from '../../shape/field.ts';
import { integer } from '../../shape/integer.ts';
import { path, text } from '../../shape/text.ts';
import type { DeviceClass } from './contract.ts';

const codec = elementCodec<Lease>(
  'lease',
  {
    lockspace: text('lockspace', 'Where keys are unique.', { maxLength: 255 }),
    key: required(text('key', 'Name of the lease.', { maxLength: 255 })),
    path: required(path('target@path', 'File of the lease.')),
    offset: integer('target@offset', 'Where in the file it is. Default: 0.'),
  },
  { order: 'lockspace key target', xmlNeeds: 'lockspace' },
);

export const lease: DeviceClass<Lease> = {
  element: 'lease',
  about: 'Leases for a lock manager. Qonverge has none: kept, not used.',
  codec,
};
