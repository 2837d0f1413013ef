import { stat } from '../../host/files.ts';
import { readImageHead } from '../../host/image-head.ts';
import { relativePaths } from '../../kinds/domain/relative-paths.ts';
import type { DomainDef } from '../../model/domain.ts';
import type { BackingStore, Disk, StorageSource } from '../../model/domain-devices.ts';
import { Failure } from '../../model/failure.ts';
import type { ResolvedImage } from './command-line/context.ts';

type VolumeImage = (name: string) => ResolvedImage | undefined;

/**
 * Everything that a start needs to be there, looked at before anything is begun. Names the disk and the way out. Returns
 * the disks whose medium is not there and need not be.
 */
export async function checkImages(def: DomainDef, volumeImage: VolumeImage): Promise<readonly Disk[]> {
  const { disks = [] } = def.spec.devices ?? {};
  const present = await Promise.all(disks.map((disk) => checkDisk(disk, volumeImage)));
  const { os = {} } = def.spec;
  for (const { field, path } of relativePaths(os))
    throw new Failure('image-missing', `spec.os.${field}: ${path} has no directory`, {
      retry: 'never',
      suggestion: `write it whole: libvirt means /${path}`,
    });
  for (const [what, path] of [
    ['kernel', os.kernel],
    ['initrd', os.initrd],
    ['firmware', os.loader?.path],
  ] as const) {
    // The bare name of a BIOS is QEMU's to find.
    if (path?.includes('/') && !(await stat(path))) throw missing(what, path);
  }
  return disks.filter((_, at) => present[at] === false);
}

/** As libvirt does it: a drive for media stays and is empty, any other disk is left out of this start. */
export function withoutMedia(def: DomainDef, absent: readonly Disk[]): DomainDef {
  if (absent.length === 0) return def;
  const disks = (def.spec.devices?.disks ?? []).flatMap((disk) => {
    if (!absent.includes(disk)) return [disk];
    const { file: _, block: __, volume: ___, ...drive } = disk;
    return disk.device === 'cdrom' || disk.device === 'floppy' ? [drive] : [];
  });
  return { ...def, spec: { ...def.spec, devices: { ...def.spec.devices, disks } } };
}

async function checkDisk(disk: Disk, volumeImage: VolumeImage): Promise<boolean> {
  if (disk.volume !== undefined && volumeImage(disk.volume) === undefined)
    throw new Failure('image-missing', `disk ${disk.dev}: volume ${disk.volume} is not defined`, {
      retry: { after: 10_000 },
    });
  const images = chainOf(disk, volumeImage);
  const [top] = images;
  if (top === undefined) return true;
  if (!(await stat(top.path))) {
    if (disk.startupPolicy === 'optional') return false;
    throw missing(`disk ${disk.name ?? disk.dev}:`, top.path);
  }
  for (const image of images) {
    if (image !== top && !(await stat(image.path))) throw missing('backing image', image.path);
    await checkHead(image);
  }
  return true;
}

interface ImageFile {
  readonly path: string;
  readonly format: string;
  readonly offset?: number | undefined;
  /** The spec names what stands below it. */
  readonly isBacked: boolean;
}

/** The files that QEMU reads for a disk, the guest's image first, as far down as the spec names them. */
function chainOf(disk: Disk, volumeImage: VolumeImage): readonly ImageFile[] {
  const images: ImageFile[] = [];
  let source: (StorageSource & Pick<BackingStore, 'format'>) | undefined = disk;
  let store: BackingStore | undefined = disk.backingStore;
  while (source !== undefined) {
    const { volume, file, block, format = 'raw', slice } = source;
    const path = file ?? block;
    const next: BackingStore | undefined = store?.terminal === true ? undefined : store;
    const isBacked = next !== undefined;
    if (volume !== undefined)
      for (let image: ResolvedImage | null | undefined = volumeImage(volume); image; image = image.backing)
        images.push({ path: image.path, format: image.format, isBacked: isBacked || Boolean(image.backing) });
    else if (path !== undefined) images.push({ path, format, offset: slice?.offset, isBacked });
    source = next;
    store = next?.backingStore;
  }
  return images;
}

/**
 * An image reads nothing that its spec does not name. A guest can write any head into a raw disk: what stands there is no
 * wish of whoever wrote the spec.
 */
async function checkHead({ path, format, offset, isBacked }: ImageFile): Promise<void> {
  const { isFormat, wants } = await readImageHead(path, format, offset);
  if (!isFormat)
    throw new Failure('image-wrong-format', `${path} is not ${format}`, {
      retry: { after: 60_000 },
      suggestion: 'write the format it has',
    });
  if (wants === undefined || (wants === 'a backing file' && isBacked)) return;
  throw new Failure('image-wrong-format', `${path} has ${wants} that its spec does not name`, {
    retry: { after: 60_000 },
    suggestion:
      wants === 'a backing file'
        ? 'declare it: backingStore: {file: …, format: …}'
        : 'make one file of it: qemu-img convert',
  });
}

/** Variables of the firmware are the guest's to write, also as the head of an image. */
export async function checkVariables({ spec }: DomainDef, path: string | undefined): Promise<void> {
  const { format = 'raw' } = spec.os?.nvram ?? {};
  if (path !== undefined && format !== 'raw' && (await stat(path)))
    await checkHead({ path, format, isBacked: false });
}

function missing(what: string, path: string): Failure {
  return new Failure('image-missing', `${what} ${path} does not exist`, { retry: { after: 10_000 } });
}
