import { readHead, stat } from '../../host/files.ts';
import type { DomainDef } from '../../model/domain.ts';
import type { Disk } from '../../model/domain-devices.ts';
import { Failure } from '../../model/failure.ts';

const qcow2Magic = 0x514649fb;

/**
 * Everything that a start needs to be there, looked at before anything is begun. Names the disk and the way out. Returns
 * the disks whose medium is not there and need not be.
 */
export async function checkImages(
  def: DomainDef,
  volumePath: (name: string) => string | undefined,
): Promise<readonly Disk[]> {
  const { disks = [] } = def.spec.devices ?? {};
  const present = await Promise.all(disks.map((disk) => checkDisk(disk, volumePath)));
  const { os = {} } = def.spec;
  for (const [what, path] of [
    ['kernel', os.kernel],
    ['initrd', os.initrd],
    ['firmware', os.loader?.path],
  ] as const) {
    if (path !== undefined && !(await stat(path))) throw missing(what, path);
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

async function checkDisk(disk: Disk, volumePath: (name: string) => string | undefined): Promise<boolean> {
  const path = disk.volume === undefined ? (disk.file ?? disk.block) : volumePath(disk.volume);
  if (path === undefined) {
    if (disk.volume === undefined) return true;
    throw new Failure('image-missing', `disk ${disk.dev}: volume ${disk.volume} is not defined`, {
      retry: { after: 10_000 },
    });
  }
  const facts = await stat(path);
  if (!facts) {
    if (disk.startupPolicy === 'optional') return false;
    throw missing(`disk ${disk.name ?? disk.dev}:`, path);
  }
  if (disk.format !== 'qcow2' || disk.block !== undefined) return true;
  const header = await readHead(path, 32, disk.slice?.offset);
  if (header.length < 32 || header.readUInt32BE(0) !== qcow2Magic) {
    throw new Failure('image-wrong-format', `${path} is not qcow2`, {
      retry: { after: 60_000 },
      suggestion: 'write the format it has',
    });
  }
  const hasBacking = header.readBigUInt64BE(8) !== 0n && header.readUInt32BE(16) > 0;
  const declared =
    disk.volume !== undefined || (disk.backingStore !== undefined && !disk.backingStore.terminal);
  if (hasBacking && !declared) {
    throw new Failure('image-wrong-format', `${path} has a backing file that its spec does not name`, {
      retry: { after: 60_000 },
      suggestion: 'declare it: backingStore: {file: …, format: …}, or declare the image as a Volume',
    });
  }
  return true;
}

function missing(what: string, path: string): Failure {
  return new Failure('image-missing', `${what} ${path} does not exist`, { retry: { after: 10_000 } });
}
