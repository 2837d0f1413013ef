import type {
  CcidAddress,
  DeviceAddress,
  DimmAddress,
  DriveAddress,
  IsaAddress,
  NoAddress,
  PciAddress,
  UsbAddress,
  VirtioSerialAddress,
} from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { elementCodec } from '../../shape/element-codec.ts';
import { type Field, required } from '../../shape/field.ts';
import { hex, integer } from '../../shape/integer.ts';
import { onOff } from '../../shape/on-off.ts';
import { text } from '../../shape/text.ts';
import { variants } from '../../shape/variants.ts';

const pci = elementCodec<PciAddress>(
  'address',
  {
    type: required(choice('@type', ['pci'], 'On a PCI bus.')),
    domain: hex('@domain', 'PCI domain. Default: 0.', 4),
    bus: hex('@bus', 'Number of the PCI bus: the index of its controller.', 2),
    slot: hex('@slot', 'Slot on the bus.', 2, 31),
    function: hex('@function', 'Function in the slot.', 1, 7),
    multifunction: onOff('@multifunction', 'Other functions share the slot.'),
  },
  {
    later: '@zpci',
    // `<address type='pci'/>` alone asks for some PCI address; a number given makes the others 0, as for libvirt.
    normalize: (address) => {
      const { type, domain, bus, slot, function: fn, multifunction } = address;
      const numbers = [domain, bus, slot, fn];
      if (numbers.every((number) => number === undefined)) return address;
      return {
        type,
        domain: domain ?? 0,
        bus: bus ?? 0,
        slot: slot ?? 0,
        function: fn ?? 0,
        ...(multifunction === undefined ? {} : { multifunction }),
      };
    },
    abbreviate: (address) => {
      const { domain, function: fn, ...rest } = address;
      const hasNumbers = rest.bus !== undefined || rest.slot !== undefined;
      return {
        ...rest,
        ...(domain === undefined || (hasNumbers && domain === 0) ? {} : { domain }),
        ...(fn === undefined || (hasNumbers && fn === 0) ? {} : { function: fn }),
      };
    },
  },
);

const drive = elementCodec<DriveAddress>(
  'address',
  {
    type: required(choice('@type', ['drive'], 'On a disk controller.')),
    controller: integer('@controller', 'Index of the controller. Default: 0.'),
    bus: integer('@bus', 'Bus (channel) of the controller. Default: 0.'),
    target: integer('@target', 'SCSI target. Default: 0.'),
    unit: integer('@unit', 'Unit on the bus or target. Default: 0.'),
  },
  {
    normalize: ({ type, controller = 0, bus = 0, target = 0, unit = 0 }) => ({
      type,
      controller,
      bus,
      target,
      unit,
    }),
  },
);

const virtioSerial = elementCodec<VirtioSerialAddress>('address', {
  type: required(choice('@type', ['virtio-serial'], 'On a virtio-serial controller.')),
  controller: integer('@controller', 'Index of the controller.'),
  bus: integer('@bus', 'Bus of the controller.'),
  port: integer('@port', 'Port on the bus.'),
});

const usb = elementCodec<UsbAddress>('address', {
  type: required(choice('@type', ['usb'], 'On a USB bus.')),
  bus: integer('@bus', 'Index of the USB controller.'),
  port: text('@port', 'Port, through hubs with dots: 1.2.', {
    pattern: '^[0-9]{1,3}(\\.[0-9]{1,3}){0,6}$',
    expected: 'a port like 1 or 1.2',
  }),
});

const isa = elementCodec<IsaAddress>('address', {
  type: required(choice('@type', ['isa'], 'On the ISA bus.')),
  iobase: hex('@iobase', 'I/O port.', 3, 0xffff),
  irq: hex('@irq', 'Interrupt.', 1, 15),
});

const ccid = elementCodec<CcidAddress>(
  'address',
  {
    type: required(choice('@type', ['ccid'], 'In a reader of smart cards.')),
    controller: integer('@controller', 'Index of the reader. Default: 0.'),
    slot: integer('@slot', 'Slot of the reader. Default: 0.'),
  },
  { normalize: ({ type, controller = 0, slot = 0 }) => ({ type, controller, slot }) },
);

const dimm = elementCodec<DimmAddress>('address', {
  type: required(choice('@type', ['dimm'], 'In a slot for memory.')),
  slot: integer('@slot', 'Slot. Default: the next free one.', { maximum: 255 }),
  base: hex(
    '@base',
    'Address in the physical memory of the guest. Default: found by QEMU.',
    1,
    Number.MAX_SAFE_INTEGER,
  ),
});

const unassigned = elementCodec<NoAddress>('address', {
  type: required(choice('@type', ['unassigned'], 'Taken from the host, and not given to the guest.')),
});

const laterTypes = ['spapr-vio', 'ccw', 'virtio-mmio', 'mdev'];

/** Where the guest finds a device. Assigned once when it is not given. */
export const addressField: Field<DeviceAddress> = variants<DeviceAddress>(
  'address',
  'DeviceAddress',
  { pci, drive, 'virtio-serial': virtioSerial, usb, isa, ccid, dimm, unassigned },
  'Where the guest finds the device. Default: assigned once, as libvirt does.',
  laterTypes,
);
