import type { Controller } from '../../../model/domain-devices.ts';
import { bytes } from '../../shape/bytes.ts';
import { choice } from '../../shape/choice.ts';
import { required } from '../../shape/field.ts';
import { hex, integer } from '../../shape/integer.ts';
import { xmlName } from '../../shape/location.ts';
import { onOff } from '../../shape/on-off.ts';
import { orNone } from '../../shape/or-none.ts';
import { text } from '../../shape/text.ts';
import type { DeviceClass } from './contract.ts';
import { deviceCodec, deviceFields } from './device-fields.ts';
import { virtioField } from './virtio-options.ts';

const masterStartport = integer('master@startport', 'USB companions: first port at the master.', {
  maximum: 255,
});

const word = { pattern: '^[A-Za-z0-9._-]{1,64}$', expected: 'a word of letters, digits and . _ -' };

const codec = deviceCodec<Controller>(
  'controller',
  {
    ...deviceFields,
    type: required(
      choice(
        '@type',
        ['pci', 'scsi', 'sata', 'ide', 'fdc', 'usb', 'virtio-serial', 'ccid'],
        'What it controls.',
        {
          later: ['xenbus', 'isa', 'nvme'],
        },
      ),
    ),
    index: integer(
      '@index',
      'Number among the controllers of its type; for PCI the bus it makes. Default: the next free one.',
      { maximum: 0x7fff_ffff },
    ),
    model: text(
      '@model',
      'Model: pcie-root-port, virtio-scsi, qemu-xhci, … Default: as libvirt chooses.',
      word,
    ),
    ports: integer('@ports', 'Ports of a virtio-serial or USB controller.', { maximum: 0x7fff_ffff }),
    vectors: integer('@vectors', 'MSI vectors of a virtio-serial controller.', { maximum: 0x7fff_ffff }),
    pciModelName: text('model@name', 'QEMU device of a PCI controller. Default: as libvirt chooses.', word),
    chassisNr: integer('target@chassisNr', 'pci-bridge: chassis number.', { maximum: 255 }),
    chassis: integer('target@chassis', 'PCIe ports: chassis.', { maximum: 255 }),
    port: hex('target@port', 'PCIe ports: port.', 1, 255),
    busNr: integer('target@busNr', 'Expander buses: bus number.', { maximum: 255 }),
    numaNode: integer('target/node', 'Expander buses: NUMA cell of the guest that they are near to.', {
      maximum: 65_535,
    }),
    hotplug: onOff('target@hotplug', 'PCI: devices may come and go while the guest runs. Default: true.'),
    queues: orNone(integer('driver@queues', 'virtio-scsi: number of queues.', { minimum: 1 })),
    cmdPerLun: orNone(integer('driver@cmd_per_lun', 'virtio-scsi: commands per unit.')),
    maxSectors: orNone(integer('driver@max_sectors', 'virtio-scsi: sectors per transfer.')),
    ioeventfd: onOff('driver@ioeventfd', 'virtio-scsi: handle I/O outside of the vCPU threads.'),
    iothread: orNone(
      integer('driver@iothread', 'virtio-scsi: number of the I/O thread, from 1.', { minimum: 1 }),
    ),
    virtio: virtioField,
    pcihole64: bytes('pcihole64', '64-bit PCI hole of the root.'),
    masterStartport: {
      ...masterStartport,
      fromXml: (cursor, path) =>
        masterStartport.fromXml(cursor, path) ?? (cursor.child(xmlName('master')) ? 0 : undefined),
    },
  },
  {
    order: 'driver model target pcihole64',
    // QEMU takes it in KiB: what is begun is counted whole.
    normalize: (one) =>
      one.pcihole64 === undefined ? one : { ...one, pcihole64: Math.ceil(one.pcihole64 / 1024) * 1024 },
    later:
      'target@index target@memReserve target@multichannel driver/iothreads=10.0 @maxGrantFrames @maxEventChannels',
  },
);

export const controller: DeviceClass<Controller> = {
  element: 'controller',
  about: 'Controllers. What devices need is added by itself.',
  codec,
};
