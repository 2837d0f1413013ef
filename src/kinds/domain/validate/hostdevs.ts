import type { DomainSpec } from '../../../model/domain.ts';
import type { Hostdev, HostScsi, HostUsb } from '../../../model/domain-devices.ts';
import { hostCardIdentity, hostdevIdentity } from '../hostdev-identity.ts';
import type { Report } from './report.ts';
import { checkRom } from './rom.ts';
import { checkHostdevTeaming } from './teaming.ts';

/** Devices of the host: each is given once, as what it is. */
export function checkHostdevs(spec: DomainSpec, report: Report): void {
  const { hostdevs = [], graphics = [] } = spec.devices ?? {};
  hostdevs.forEach((hostdev, index) => {
    const path = `spec.devices.hostdevs[${index}]`;
    checkSource(hostdev, path, report);
    checkOptions(hostdev, path, report);
    checkSeat(hostdev, path, report);
    checkHostdevTeaming(hostdev, path, report);
    checkRom(hostdev, path, report, hostdev.type === 'pci' || hostdev.type === 'mdev');
    if (hostdev.display === true && graphics.length === 0)
      report(
        'conflicting-options',
        `${path}.display`,
        'nobody can see its screen: the domain has no graphics',
        'add graphics: [{type: vnc}]',
      );
  });
  const [, second] = hostdevs.filter(({ ramfb }) => ramfb === true);
  if (second !== undefined)
    report(
      'conflicting-options',
      `spec.devices.hostdevs[${hostdevs.indexOf(second)}].ramfb`,
      'one device of a domain can have a ramfb',
    );
  checkTwice(spec, report);
}

function checkSource(hostdev: Hostdev, path: string, report: Report): void {
  const lacks = (field: string, message: string, suggestion?: string) =>
    report('missing-field', `${path}.${field}`, message, suggestion);
  switch (hostdev.type) {
    case 'pci':
      if (hostdev.pci === undefined) lacks('pci', 'which PCI device? its address is missing');
      return;
    case 'mdev':
      if (hostdev.mdev === undefined) lacks('mdev', 'which mediated device? its uuid is missing');
      if (hostdev.model === undefined)
        lacks('model', 'a mediated device needs a model', 'add model: vfio-pci');
      return;
    case 'usb':
      return checkUsb(hostdev.usb ?? {}, `${path}.usb`, report);
    case 'scsi':
      return checkScsi(hostdev.scsi ?? {}, `${path}.scsi`, report);
    case 'scsi_host':
      if (hostdev.scsiHost?.protocol === undefined)
        lacks('scsiHost.protocol', 'a SCSI target of the host needs its protocol', 'add protocol: vhost');
      if (hostdev.scsiHost?.wwpn === undefined) lacks('scsiHost.wwpn', 'which target? its wwpn is missing');
      else if (!/^naa\.[0-9a-fA-F]{16}$/.test(hostdev.scsiHost.wwpn))
        report(
          'invalid-value',
          `${path}.scsiHost.wwpn`,
          `"${hostdev.scsiHost.wwpn}" is no name of a vhost-scsi target`,
          'write naa. and 16 hexadecimal digits',
        );
  }
}

function checkUsb({ vendor, product, bus, device }: HostUsb, path: string, report: Report): void {
  const pair = (one: string, other: string) =>
    report('missing-field', `${path}.${other}`, `${one} alone tells no device`, `add ${other}`);
  if (vendor !== undefined && product === undefined) pair('vendor', 'product');
  if (product !== undefined && vendor === undefined) pair('product', 'vendor');
  if (bus !== undefined && device === undefined) pair('bus', 'device');
  if (device !== undefined && bus === undefined) pair('device', 'bus');
  if (vendor === undefined && product === undefined && bus === undefined && device === undefined)
    report(
      'missing-field',
      path,
      'which USB device? neither its ids nor its place are there',
      'add vendor and product',
    );
  if (vendor === 0) report('invalid-value', `${path}.vendor`, 'no vendor has the number 0');
}

function checkScsi(source: HostScsi, path: string, report: Report): void {
  const { protocol, adapter, host, iqn, auth } = source;
  const lacks = (field: string, message: string) => report('missing-field', `${path}.${field}`, message);
  if (protocol === undefined) {
    if (adapter === undefined) return lacks('adapter', 'which unit? the adapter of the host is missing');
    for (const field of ['bus', 'target', 'unit'] as const)
      if (source[field] === undefined) lacks(field, `which unit of the adapter? its ${field} is missing`);
    return;
  }
  if (iqn === undefined) lacks('iqn', 'which unit? the name of the target is missing');
  if (host === undefined) lacks('host', 'where is the target? its host is missing');
  if (auth !== undefined && auth.type !== 'iscsi')
    report(
      'conflicting-options',
      `${path}.auth.type`,
      `a secret for iscsi is of type iscsi, not ${auth.type}`,
      'set type: iscsi',
    );
}

function checkOptions(hostdev: Hostdev, path: string, report: Report): void {
  const { type, model, driver } = hostdev;
  const refuse = (field: keyof Hostdev, message: string, suggestion?: string) =>
    report('conflicting-options', `${path}.${field}`, message, suggestion);
  if (driver === 'kvm' || driver === 'xen')
    report('not-supported', `${path}.driver`, `QEMU gives devices by vfio, not by ${driver}`, 'write vfio');
  for (const field of ['sgio', 'rawio'] as const)
    if (hostdev[field] !== undefined && type !== 'scsi')
      refuse(field, `${field} is for type scsi, not ${type}`);
  if (hostdev.sgio === 'unfiltered')
    report('not-supported', `${path}.sgio`, 'Linux filters SCSI commands no longer', 'leave sgio out');
  if (hostdev.bootOrder !== undefined && (type === 'mdev' || type === 'scsi_host'))
    refuse('bootOrder', `no firmware boots from a device of type ${type}`, 'remove bootOrder');
  const isVfio = model === 'vfio-pci';
  if (model !== undefined && type !== 'mdev' && type !== 'scsi_host')
    refuse('model', `a device of type ${type} has no model`, 'leave model out');
  if (type === 'mdev' && model !== undefined && !isVfio)
    refuse('model', `a mediated device is a vfio-pci, not ${model}`, 'set model: vfio-pci');
  if (type === 'scsi_host' && isVfio)
    refuse('model', 'a SCSI target is a virtio device', 'set model: virtio');
}

/** What each sort of device sits on. */
const seats = {
  usb: ['usb'],
  pci: ['pci', 'unassigned'],
  mdev: ['pci'],
  scsi: ['drive'],
  scsi_host: ['pci'],
} as const;

function checkSeat({ type, address }: Hostdev, path: string, report: Report): void {
  const fit: readonly string[] = seats[type];
  if (address !== undefined && !fit.includes(address.type))
    report(
      'conflicting-options',
      `${path}.address`,
      `a device of type ${type} has an address of type ${fit.join(' or ')}, not ${address.type}`,
    );
}

function checkTwice({ devices }: DomainSpec, report: Report): void {
  const seen = new Map<string, string>();
  const note = (identity: string | undefined, path: string) => {
    if (identity === undefined) return;
    const other = seen.get(identity);
    if (other !== undefined)
      report(
        'conflicting-options',
        path,
        `this device of the host is given already, by ${other}`,
        'keep one of them',
      );
    else seen.set(identity, path);
  };
  (devices?.interfaces ?? []).forEach((card, index) => {
    note(hostCardIdentity(card), `spec.devices.interfaces[${index}]`);
  });
  (devices?.hostdevs ?? []).forEach((hostdev, index) => {
    note(hostdevIdentity(hostdev), `spec.devices.hostdevs[${index}]`);
  });
}
