import type { Disk, DiskBus } from '../../../model/domain-devices.ts';

const prefixes: Readonly<Record<DiskBus, string>> = {
  virtio: 'vd',
  scsi: 'sd',
  sata: 'sd',
  usb: 'sd',
  ide: 'hd',
  fdc: 'fd',
  sd: 'sd',
};

/** The bus that libvirt reads out of a target name: `hda` is IDE, `sda` SCSI. */
export function busOfTarget(dev: string): DiskBus | undefined {
  if (dev.startsWith('vd')) return 'virtio';
  if (dev.startsWith('sd')) return 'scsi';
  if (dev.startsWith('hd')) return 'ide';
  if (dev.startsWith('fd')) return 'fdc';
  return undefined;
}

/** Position that a target name means: `vda` 0, `sdz` 25, `vdaa` 26; -1 for a name of another form. */
export function targetIndex(dev: string | undefined): number {
  const letters = /^(?:[fhsv]d|xvd|ubd)([a-z]+)$/.exec(dev ?? '')?.[1];
  if (letters === undefined) return -1;
  let index = 0;
  for (const letter of letters) index = index * 26 + (letter.charCodeAt(0) - 96);
  return index - 1;
}

export function freeTarget(bus: DiskBus, disks: readonly Disk[]): string {
  const taken = new Set(disks.map((disk) => disk.dev));
  for (let index = 0; ; index += 1) {
    const dev = prefixes[bus] + letters(index);
    if (!taken.has(dev)) return dev;
  }
}

function letters(index: number): string {
  const last = String.fromCharCode(97 + (index % 26));
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}
