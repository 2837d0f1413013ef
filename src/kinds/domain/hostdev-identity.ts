import type { Hostdev, HostPci, HostUsb, Interface } from '../../model/domain-devices.ts';
import { pciText } from './pci-text.ts';

function pciOf(pci: HostPci | undefined): string | undefined {
  return pci && `pci ${pciText(pci)}`;
}

function usbOf(usb: HostUsb | undefined): string | undefined {
  if (usb?.bus !== undefined && usb.device !== undefined) return `usb ${usb.bus}.${usb.device}`;
  return usb?.vendor === undefined ? undefined : `usb ${usb.vendor}:${usb.product}`;
}

/** What tells a device of the host from all others; undefined: it is not said. */
export function hostdevIdentity({ type, pci, usb, scsi, scsiHost, mdev }: Hostdev): string | undefined {
  switch (type) {
    case 'pci':
      return pciOf(pci);
    case 'usb':
      return usbOf(usb);
    case 'mdev':
      return mdev && `mdev ${mdev.uuid.toLowerCase()}`;
    case 'scsi_host':
      return scsiHost?.wwpn && `wwpn ${scsiHost.wwpn}`;
    case 'scsi': {
      const { protocol, adapter, bus = 0, target = 0, unit = 0, host, port, iqn } = scsi ?? {};
      return protocol === undefined
        ? `scsi ${adapter} ${bus}:${target}:${unit}`
        : `${protocol} ${host}:${port ?? ''} ${iqn}`;
    }
  }
}

/** The same of a card of the host. */
export function hostCardIdentity({ type, pci, usb }: Interface): string | undefined {
  return type === 'hostdev' ? (pciOf(pci) ?? usbOf(usb)) : undefined;
}
