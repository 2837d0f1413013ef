import type {
  Hostdev,
  HostMdev,
  HostPci,
  HostScsi,
  HostScsiHost,
  HostUsb,
  Teaming,
} from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { type ElementCodec, type ElementOptions, elementCodec } from '../../shape/element-codec.ts';
import { type Field, required } from '../../shape/field.ts';
import { hex, integer } from '../../shape/integer.ts';
import { xmlName } from '../../shape/location.ts';
import { object } from '../../shape/object.ts';
import { onOff, presence, yesNo } from '../../shape/on-off.ts';
import { text } from '../../shape/text.ts';
import type { DeviceClass } from './contract.ts';
import { bootOrderField, deviceCodec, deviceFields } from './device-fields.ts';
import { storageAuth } from './network-storage.ts';
import { romField } from './rom.ts';

const usb = elementCodec<HostUsb>(
  'source',
  {
    startupPolicy: choice(
      '@startupPolicy',
      ['mandatory', 'requisite', 'optional'],
      'What happens when it is not there. Default: mandatory.',
    ),
    guestReset: choice(
      '@guestReset',
      ['off', 'uninitialized', 'on'],
      'Whether the guest may reset it. Default: as QEMU.',
    ),
    vendor: hex('vendor@id', 'Vendor.', 4),
    product: hex('product@id', 'Product.', 4),
    bus: integer('address@bus', 'Bus of the host.'),
    device: integer('address@device', 'Number on the bus.'),
  },
  { order: 'vendor product address', xmlNeeds: 'address@bus address@device' },
);

/** `<address>` of a PCI device of the host, below `source`. */
export function hostPci(options: Pick<ElementOptions<HostPci>, 'inline'> = {}): ElementCodec<HostPci> {
  return elementCodec<HostPci>(
    'source',
    {
      domain: hex('address@domain', 'PCI domain. Default: 0.', 4),
      bus: hex('address@bus', 'Bus.', 2),
      slot: hex('address@slot', 'Slot.', 2, 31),
      function: hex('address@function', 'Function. Default: 0.', 1, 7),
    },
    {
      ...options,
      normalize: ({ domain = 0, bus = 0, slot = 0, function: fn = 0 }) => ({
        domain,
        bus,
        slot,
        function: fn,
      }),
      reads: (cursor) => {
        cursor.child(xmlName('address'))?.attribute('type');
      },
    },
  );
}

const scsi = elementCodec<HostScsi>(
  'source',
  {
    protocol: choice('@protocol', ['iscsi'], 'A unit of the network. Default: of an adapter of the host.'),
    iqn: text('@name', 'iscsi: name of the target, and the unit behind a slash.', { maxLength: 1024 }),
    adapter: text('adapter@name', 'Adapter of the host: scsi_host0.', {
      pattern: '^scsi_host[0-9]{1,5}$',
      expected: 'an adapter like scsi_host0',
    }),
    bus: integer('address@bus', 'Bus of the adapter.'),
    target: integer('address@target', 'Target.'),
    unit: integer('address@unit', 'Unit.'),
    host: text('host@name', 'iscsi: host of the target.', { maxLength: 255 }),
    port: integer('host@port', 'iscsi: its port. Default: 3260.', { maximum: 65_535 }),
    auth: object('auth', storageAuth, 'iscsi: who we are to the server.'),
    initiator: text('initiator/iqn@name', 'iscsi: name that we have there.', { maxLength: 1024 }),
  },
  { order: 'adapter address host auth initiator' },
);

const scsiHost = elementCodec<HostScsiHost>('source', {
  protocol: choice('@protocol', ['vhost'], 'Who does the work. Default: vhost.'),
  wwpn: text('@wwpn', 'Name of the vhost-scsi target: naa. and 16 hexadecimal digits.', { maxLength: 64 }),
});

const mdev = elementCodec<HostMdev>('source', {
  uuid: required(
    text('address@uuid', 'The mediated device.', {
      pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$',
      expected: 'a uuid',
    }),
  ),
});

/** `<source>` is another element for each type. */
function sourceOf<T>(type: Hostdev['type'], codec: ElementCodec<T>, about: string): Field<T> {
  const field = object('source', codec, about);
  return {
    ...field,
    fromXml: (cursor, path) =>
      cursor.attribute('type')?.value === type ? field.fromXml(cursor, path) : undefined,
  };
}

const teaming = elementCodec<Teaming>('teaming', {
  type: required(choice('@type', ['persistent', 'transient'], 'Which of the two may leave.')),
  persistent: text('@persistent', 'transient: alias of the other one.', { maxLength: 128 }),
});

export const teamingField: Field<Teaming> = object(
  'teaming',
  teaming,
  'One of two cards that the guest sees as one.',
);

const codec = deviceCodec<Hostdev>(
  'hostdev',
  {
    ...deviceFields,
    type: required(choice('@type', ['usb', 'pci', 'scsi', 'scsi_host', 'mdev'], 'What it is.')),
    managed: yesNo(
      '@managed',
      'pci: kept for libvirt. Nobody changes its driver: vfio-pci must hold it before a start. Default: false.',
    ),
    sgio: choice('@sgio', ['filtered', 'unfiltered'], 'scsi: which commands the guest may send.'),
    rawio: yesNo('@rawio', 'scsi: with the right to all commands.'),
    model: choice(
      '@model',
      ['vfio-pci', 'virtio', 'virtio-transitional', 'virtio-non-transitional'],
      'mdev: vfio-pci; scsi_host: virtio.',
    ),
    display: onOff('@display', 'mdev: show its screen.'),
    ramfb: onOff('@ramfb', 'mdev: a framebuffer until its driver runs.'),
    driver: choice(
      'driver@name',
      ['vfio', 'kvm', 'xen'],
      'pci: how it is given; QEMU knows vfio. Default: vfio.',
    ),
    usb: sourceOf('usb', usb, 'usb: which device, by vendor and product or by its place.'),
    pci: sourceOf('pci', hostPci(), 'pci: which device.'),
    scsi: sourceOf('scsi', scsi, 'scsi: which unit.'),
    scsiHost: sourceOf('scsi_host', scsiHost, 'scsi_host: which target.'),
    mdev: sourceOf('mdev', mdev, 'mdev: which device.'),
    teaming: teamingField,
    readonly: presence('readonly', 'scsi: the guest cannot write.'),
    shareable: presence('shareable', 'Other domains may have it as well.'),
    bootOrder: bootOrderField,
    rom: romField,
  },
  {
    order: 'driver source teaming readonly shareable',
    later: 'driver@model driver@iommufd=9.0 driver/iommufd=9.0',
    fixed: { '@mode': 'subsystem' },
  },
);

export const hostdev: DeviceClass<Hostdev> = {
  element: 'hostdev',
  about: 'Devices of the host, given to the guest.',
  codec,
};
