import { pciText } from '../../../kinds/domain/pci-text.ts';
import type { Hostdev, HostUsb, Teaming } from '../../../model/domain-devices.ts';
import { onOff, type Properties } from '../command-line/arguments.ts';
import { virtioDriver } from '../command-line/machine-view.ts';
import type { DeviceBuild } from './contract.ts';
import { romProperties } from './rom.ts';
import { addSecret } from './secret-object.ts';

/** A device of the host. One that is `unassigned` is only kept from the host. */
export function buildHostdev(hostdev: Hostdev, build: DeviceBuild): void {
  const { view, args } = build;
  const { alias: id } = hostdev;
  const bootindex = view.bootIndex(id);
  const place = view.place(hostdev);
  switch (hostdev.type) {
    case 'usb':
      return args.device('usb-host', {
        ...usbSource(hostdev.usb ?? {}),
        id,
        bootindex,
        ...guestReset(hostdev),
        ...place,
      });
    case 'pci':
      if (hostdev.address?.type === 'unassigned') return;
      return args.device('vfio-pci', {
        host: pciText(hostdev.pci ?? {}),
        id,
        bootindex,
        failover_pair_id: failoverPair(hostdev),
        ...place,
        ...romProperties(hostdev.rom),
      });
    case 'mdev':
      // A framebuffer for the firmware cannot leave: neither can the device that has it.
      return args.device(hostdev.ramfb ? 'vfio-pci-nohotplug' : 'vfio-pci', {
        id,
        sysfsdev: `/sys/bus/mdev/devices/${hostdev.mdev?.uuid}`,
        display: onOff(hostdev.display ?? false),
        ramfb: hostdev.ramfb ? true : undefined,
        ...place,
      });
    case 'scsi_host':
      return args.device(virtioDriver('vhost-scsi', hostdev.model), {
        wwpn: hostdev.scsiHost?.wwpn,
        id,
        ...place,
      });
    case 'scsi':
      return buildScsi(hostdev, build);
  }
}

export function failoverPair({ teaming }: { readonly teaming?: Teaming }): string | undefined {
  return teaming?.type === 'transient' ? teaming.persistent : undefined;
}

/** A place of the host, or whatever device is plugged in of this vendor and product. */
export function usbSource({ bus, device, vendor, product }: HostUsb): Properties {
  if (bus === undefined || device === undefined) return { vendorid: vendor, productid: product };
  const three = (value: number) => String(value).padStart(3, '0');
  return { hostdevice: `/dev/bus/usb/${three(bus)}/${three(device)}` };
}

function guestReset({ usb }: Hostdev): Properties {
  switch (usb?.guestReset) {
    case 'off':
      return { 'guest-reset': false };
    case 'uninitialized':
      return { 'guest-reset': true, 'guest-resets-all': false };
    case 'on':
      return { 'guest-reset': true, 'guest-resets-all': true };
    case undefined:
      return {};
  }
}

/** A unit of an adapter is passed by its generic node, one of the network by QEMU's own initiator. */
function buildScsi(hostdev: Hostdev, build: DeviceBuild): void {
  const { view, args, context } = build;
  const { alias: id, scsi = {} } = hostdev;
  const node = `libvirt-${id}-backend`;
  const [target = '', lun = '0'] = scsi.iqn?.split('/') ?? [];
  const place =
    scsi.protocol === 'iscsi'
      ? {
          driver: 'iscsi',
          portal: `${scsi.host}:${scsi.port ?? 3260}`,
          target,
          lun: Number(lun),
          transport: 'tcp',
          'initiator-name': scsi.initiator,
          user: scsi.auth?.username,
          'password-secret': scsi.auth && addSecret(`${node}-secret0`, scsi.auth.secret, build),
        }
      : { driver: 'host_device', filename: context.scsiGeneric(scsi) ?? '/dev/sg0' };
  args.json('-blockdev', { ...place, 'node-name': node, 'read-only': hostdev.readonly === true });
  args.device('scsi-generic', { drive: node, id, bootindex: view.bootIndex(id), ...scsiSeat(hostdev, view) });
}

/** Narrow controllers know targets only; the others have units of targets. */
function scsiSeat({ address }: Hostdev, view: DeviceBuild['view']): Properties {
  const { controller = 0, bus = 0, target = 0, unit = 0 } = address?.type === 'drive' ? address : {};
  const where = { bus: `${view.controllerId('scsi', controller)}.0` };
  return view.controller('scsi', controller)?.model === 'lsilogic'
    ? { ...where, 'scsi-id': unit }
    : { ...where, channel: bus, 'scsi-id': target, lun: unit };
}
