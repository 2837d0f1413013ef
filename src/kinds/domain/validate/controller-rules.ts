import type { DomainSpec } from '../../../model/domain.ts';
import type { Controller } from '../../../model/domain-devices.ts';
import { allIothreads } from '../all-iothreads.ts';
import { type Rule, unwanted } from './rules.ts';

const virtio = ['virtio-transitional', 'virtio-non-transitional'];

/** The models that a PC can have of each type; a type that is not here has none. */
const models: Readonly<Record<string, readonly string[]>> = {
  scsi: [
    ...virtio,
    ...['auto', 'virtio-scsi', 'lsilogic', 'lsisas1068', 'lsisas1078', 'vmpvscsi', 'dc390', 'am53c974'],
  ],
  usb: [
    ...['none', 'piix3-uhci', 'piix4-uhci', 'ehci', 'pci-ohci', 'nec-xhci', 'qemu-xhci'],
    ...['ich9-ehci1', 'ich9-uhci1', 'ich9-uhci2', 'ich9-uhci3'],
  ],
  ide: ['piix3', 'piix4', 'ich6'],
  'virtio-serial': ['virtio', ...virtio],
  sata: [],
  fdc: [],
  ccid: [],
};

/** The QEMU devices behind each PCI controller. */
const devices: Readonly<Record<string, readonly string[]>> = {
  'pci-bridge': ['pci-bridge'],
  'dmi-to-pci-bridge': ['i82801b11-bridge'],
  'pcie-to-pci-bridge': ['pcie-pci-bridge'],
  'pcie-root-port': ['pcie-root-port', 'ioh3420'],
  'pcie-switch-upstream-port': ['x3130-upstream'],
  'pcie-switch-downstream-port': ['xio3130-downstream'],
  'pci-expander-bus': ['pxb'],
  'pcie-expander-bus': ['pxb-pcie'],
};

const isVirtioScsi = ({ type, model = 'virtio-scsi' }: Controller): boolean =>
  type === 'scsi' && (model === 'virtio-scsi' || virtio.includes(model));

/** Whether it is a PCI controller of a model that is known and none of these. */
const isOther =
  (...these: readonly string[]) =>
  ({ type, model }: Controller): boolean =>
    type === 'pci' && model !== undefined && !these.includes(model);

const ports = ['pcie-root-port', 'pcie-switch-downstream-port'];
const expanders = ['pci-expander-bus', 'pcie-expander-bus'];
const roots = ['pci-root', 'pcie-root'];

const pci: readonly Rule<Controller>[] = [
  {
    at: 'pciModelName',
    when: ({ type, model = '', pciModelName }) =>
      type === 'pci' && pciModelName !== undefined && devices[model]?.includes(pciModelName) === false,
    says: 'this device is no PCI controller of this model',
    instead: 'leave it out',
  },
  ...unwanted<Controller>(['pciModelName'], (one) => roots.includes(one.model ?? ''), 'is not for the root'),
  ...unwanted<Controller>(['chassisNr'], isOther('pci-bridge'), 'is for a pci-bridge'),
  ...unwanted<Controller>(['chassis', 'port'], isOther(...ports), 'is for ports of PCI Express'),
  ...unwanted<Controller>(['busNr', 'numaNode'], isOther(...expanders), 'is for expander buses'),
  {
    at: 'numaNode',
    when: ({ numaNode }, { cpu }) => numaNode !== undefined && numaNode >= (cpu?.numa?.cells.length ?? 0),
    says: 'the guest has no such NUMA cell',
    instead: 'name a cell of cpu.numa',
    code: 'missing-reference',
  },
  ...unwanted<Controller>(['hotplug'], isOther('pci-root', ...ports), 'cannot be set for this controller'),
  {
    at: 'chassisNr',
    when: ({ chassisNr }) => chassisNr === 0,
    says: 'chassis of a bridge are numbered from 1 to 255',
    instead: 'leave it out: a free one is found',
    code: 'invalid-value',
  },
  {
    at: 'busNr',
    when: ({ busNr }) => busNr === 0 || busNr === 255,
    says: 'buses of an expander are numbered from 1 to 254',
    instead: 'leave it out: a free one is found',
    code: 'invalid-value',
  },
  {
    at: 'index',
    when: ({ type, index = 0 }) => type === 'pci' && index > 255,
    says: 'a machine has at most 256 PCI buses, 0 to 255',
    instead: 'use a smaller index',
    code: 'limit-exceeded',
  },
  {
    at: 'index',
    when: ({ type, model = '', index = 0 }) => type === 'pci' && roots.includes(model) && index !== 0,
    says: 'the root is PCI controller 0',
    instead: 'use index 0, or another model',
  },
  {
    at: 'address',
    when: ({ type, model = '', address }) => type === 'pci' && roots.includes(model) && address !== undefined,
    says: 'the root is plugged into nothing, and has no address',
    instead: 'leave address out',
  },
  {
    at: 'model',
    when: ({ type, model }) => type === 'pci' && model === undefined,
    says: 'a PCI controller needs its model',
    instead: 'for example pcie-root-port; number 0 is pcie-root on q35, and pci-root on pc',
    code: 'missing-field',
  },
];

const scsi: readonly Rule<Controller>[] = [
  ...unwanted<Controller>(
    ['queues', 'cmdPerLun', 'maxSectors', 'ioeventfd', 'iothread'],
    (one) => !isVirtioScsi(one),
    'is for virtio-scsi controllers',
    'use type scsi, model virtio-scsi, or leave it out',
  ),
  {
    at: 'iothread',
    when: ({ iothread }, spec: DomainSpec) =>
      iothread !== undefined && allIothreads(spec).every(({ id }) => id !== iothread),
    says: 'there is no such I/O thread',
    instead: 'add it to spec.iothreads',
    code: 'missing-reference',
  },
];

const usb: readonly Rule<Controller>[] = [
  {
    at: 'ports',
    when: ({ type, model = '', ports: count }) =>
      type === 'usb' && count !== undefined && model !== '' && !model.endsWith('-xhci'),
    says: 'only an xhci controller has ports of chosen number',
    instead: 'use model qemu-xhci, or leave ports out',
  },
  {
    at: 'ports',
    when: ({ type, ports: count = 0 }) => type === 'usb' && count > 15,
    says: 'a USB controller has at most 15 ports',
    instead: 'use 15 or fewer',
    code: 'invalid-value',
  },
];

const model: Rule<Controller> = {
  at: 'model',
  when: (one) => one.model !== undefined && models[one.type]?.includes(one.model) === false,
  says: 'a PC has no controller of this type and model',
  instead: 'leave model out',
  code: 'not-supported',
};

export const controllerRules: readonly Rule<Controller>[] = [model, ...pci, ...scsi, ...usb];
