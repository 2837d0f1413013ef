import { listDir, readText, stat } from '../../host/files.ts';
import { pciText } from '../../kinds/domain/pci-text.ts';
import type { DomainDef } from '../../model/domain.ts';
import type { Disk, Hostdev, HostScsi, HostUsb, Interface } from '../../model/domain-devices.ts';
import { Failure } from '../../model/failure.ts';

/** What a start finds on the host for the devices that it gives away. */
export type ScsiGenerics = ReadonlyMap<HostScsi, string>;

/** Every device of the host that a domain needs, looked at before anything is begun. Names the device and the way out. */
export async function checkHostDevices(def: DomainDef): Promise<ScsiGenerics> {
  const {
    disks = [],
    hostdevs = [],
    inputs = [],
    interfaces = [],
    shmems = [],
    tpms = [],
  } = def.spec.devices ?? {};
  for (const input of inputs) {
    const node = input.type === 'passthrough' ? input.evdev : input.type === 'evdev' ? input.dev : undefined;
    if (node !== undefined) await need(node, `input ${input.alias}`, 'see /dev/input/by-id');
  }
  for (const { server, shmem } of shmems)
    if (server !== undefined)
      await need(
        server.path ?? `/var/lib/libvirt/shmem-${shmem}-sock`,
        `shmem ${shmem}`,
        'start its ivshmem-server',
      );
  for (const tpm of tpms)
    if (tpm.backend === 'passthrough')
      await need(tpm.device ?? '/dev/tpm0', `tpm ${tpm.alias}`, 'is there a TPM?');
    else if (tpm.backend === 'external' && tpm.source?.path !== undefined)
      await need(tpm.source.path, `tpm ${tpm.alias}`, 'start the process that listens there');
  for (const card of interfaces) await checkCard(card);
  for (const disk of disks) await checkDisk(disk);
  const generics = new Map<HostScsi, string>();
  for (const hostdev of hostdevs) {
    const generic = await checkHostdev(hostdev);
    if (generic !== undefined && hostdev.scsi !== undefined) generics.set(hostdev.scsi, generic);
  }
  return generics;
}

/** The drives that QEMU itself drives: the disk's own, and those of images below it. */
async function checkDisk(disk: Disk): Promise<void> {
  let image: Pick<Disk, 'nvme' | 'backingStore'> | undefined = disk;
  for (; image !== undefined; image = image.backingStore)
    if (image.nvme !== undefined) await checkPci(pciText(image.nvme), `disk ${disk.name ?? disk.alias}`);
}

async function checkCard({ alias, type, vhostuser, dev = '', pci, usb }: Interface): Promise<void> {
  const what = `interface ${alias}`;
  if (vhostuser?.mode === 'client') await need(vhostuser.path, what, 'start the switch that listens there');
  if (type === 'vdpa') await need(dev, what, '`vdpa dev show` lists the devices of this host');
  if (type === 'direct')
    await need(`/sys/class/net/${dev}`, what, '`ip link` lists the interfaces of this host');
  if (pci !== undefined) await checkPci(pciText(pci), what);
  if (usb !== undefined) await checkUsb(usb, what);
}

async function checkHostdev(hostdev: Hostdev): Promise<string | undefined> {
  const what = `hostdev ${hostdev.name ?? hostdev.alias}`;
  switch (hostdev.type) {
    case 'pci':
      await checkPci(pciText(hostdev.pci ?? {}), what);
      return undefined;
    case 'mdev':
      await need(`/sys/bus/mdev/devices/${hostdev.mdev?.uuid}`, what, 'create the mediated device first');
      return undefined;
    case 'scsi_host':
      await need('/dev/vhost-scsi', what, 'modprobe vhost_scsi');
      return undefined;
    case 'usb':
      if (hostdev.usb?.startupPolicy !== 'optional') await checkUsb(hostdev.usb ?? {}, what);
      return undefined;
    case 'scsi':
      return hostdev.scsi?.protocol === 'iscsi' ? undefined : await genericNode(hostdev.scsi ?? {}, what);
  }
}

/** A guest may have a device only when an IOMMU keeps it apart and vfio-pci holds it. */
async function checkPci(address: string, what: string): Promise<void> {
  const device = `/sys/bus/pci/devices/${address}`;
  await need(device, what, '`lspci -D` lists the devices of this host');
  await need(`${device}/iommu_group`, what, 'switch the IOMMU on: in the firmware, and with intel_iommu=on');
  const uevent = await readText(`${device}/uevent`).catch(() => '');
  if (!/^DRIVER=vfio-pci$/m.test(uevent))
    throw missing(
      `${what}: ${address} is not held by vfio-pci`,
      `driverctl set-override ${address} vfio-pci`,
    );
}

async function checkUsb({ bus, device, vendor = 0, product = 0 }: HostUsb, what: string): Promise<void> {
  const lsusb = '`lsusb` lists the devices of this host';
  if (bus !== undefined && device !== undefined) {
    const [at, number] = [bus, device].map((value) => String(value).padStart(3, '0'));
    return need(`/dev/bus/usb/${at}/${number}`, what, lsusb);
  }
  const devices = '/sys/bus/usb/devices';
  const id = (name: string, file: string) =>
    readText(`${devices}/${name}/${file}`).then(
      (text) => Number.parseInt(text, 16),
      () => undefined,
    );
  for (const name of await listDir(devices).catch(() => []))
    if ((await id(name, 'idVendor')) === vendor && (await id(name, 'idProduct')) === product) return;
  const hex = (value: number) => value.toString(16).padStart(4, '0');
  throw missing(`${what}: no USB device ${hex(vendor)}:${hex(product)} is plugged in`, lsusb);
}

async function genericNode(scsi: HostScsi, what: string): Promise<string> {
  const { adapter = 'scsi_host0', bus = 0, target = 0, unit = 0 } = scsi;
  const address = `${adapter.replace('scsi_host', '')}:${bus}:${target}:${unit}`;
  const [node] = await listDir(`/sys/class/scsi_device/${address}/device/scsi_generic`).catch(() => []);
  if (node === undefined)
    throw missing(`${what}: there is no SCSI unit ${address}`, '`lsscsi -g` lists them');
  return `/dev/${node}`;
}

async function need(path: string, what: string, suggestion: string): Promise<void> {
  if (!(await stat(path))) throw missing(`${what}: ${path} does not exist`, suggestion);
}

function missing(message: string, suggestion: string): Failure {
  return new Failure('device-missing', message, { retry: { after: 30_000 }, suggestion });
}
