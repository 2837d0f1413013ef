import type { Shmem, ShmemMsi } from '../../../model/domain-devices.ts';
import { bytes } from '../../shape/bytes.ts';
import { choice } from '../../shape/choice.ts';
import { elementCodec } from '../../shape/element-codec.ts';
import { required } from '../../shape/field.ts';
import { integer } from '../../shape/integer.ts';
import { object } from '../../shape/object.ts';
import { onOff, yesNo } from '../../shape/on-off.ts';
import { path, text } from '../../shape/text.ts';
import type { DeviceClass } from './contract.ts';
import { deviceCodec, deviceFields } from './device-fields.ts';

const server = elementCodec<NonNullable<Shmem['server']>>('server', {
  path: path('@path', 'Socket of the server. Default: /var/lib/libvirt/shmem-NAME-sock.'),
});

const msi = elementCodec<ShmemMsi>('msi', {
  enabled: yesNo('@enabled', 'Interrupts by message.'),
  vectors: integer('@vectors', 'Number of vectors.'),
  ioeventfd: onOff('@ioeventfd', 'Handle notifications outside of the vCPU threads.'),
});

const codec = deviceCodec<Shmem>(
  'shmem',
  {
    ...deviceFields,
    shmem: required(
      text('@name', 'Name of the shared memory.', {
        pattern: '^[^/\\p{Cc}]{1,200}$',
        expected: 'a name without /',
      }),
    ),
    role: choice('@role', ['master', 'peer'], 'Whether it moves with a migration. Default: peer.'),
    model: choice(
      'model@type',
      ['ivshmem', 'ivshmem-plain', 'ivshmem-doorbell'],
      'Device: ivshmem-plain, or ivshmem-doorbell with a server. QEMU has plain ivshmem no longer.',
    ),
    size: bytes('size', 'Size, a power of two. Default: 4MiB.', { unit: 'bytes', shown: 'M' }),
    server: object('server', server, 'The server that guests meet at.'),
    msi: object('msi', msi, 'Interrupts.'),
  },
  { order: 'model size server msi' },
);

export const shmem: DeviceClass<Shmem> = { element: 'shmem', about: 'Memory that guests share.', codec };
